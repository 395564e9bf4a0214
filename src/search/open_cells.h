#pragma once

#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

#include "model/memo.h"
#include "model/problem.h"
#include "search/cell.h"

namespace wideep {

/// A cell whose batch is open, and the way that it is run.
struct OpenCell {
  Cell cell;
  Run way;
};

/// Every choice of the search space that a kernel can run, whatever the batch; those of one layout
/// follow each other, and of one mode there.
std::vector<OpenCell> open_cells(const Problem& problem);

/// The cell with a batch of so many tokens of an attention group, its costs aside; nothing where it
/// is not run so, or the mode needs more. Its layout must be in force.
std::optional<Cell> with_batch(const Problem& problem, const OpenCell& open, int tokens);

/// Costs of cells of one problem, of which those that are the same for every batch are computed
/// once.
class KnownCosts {
 public:
  /// Sets the costs at the cell's batch. Its layout must be in force.
  void set(const Problem& problem, Cell& cell);

 private:
  using Key = std::tuple<int, std::size_t, int, int, int>;
  Memo<Key, LayerCosts> known_;
};

}  // namespace wideep
