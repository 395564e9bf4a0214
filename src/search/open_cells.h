#pragma once

#include <optional>
#include <vector>

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

/// Sets the costs at the cell's batch.
void set_costs(const Problem& problem, Cell& cell);

}  // namespace wideep
