#pragma once

#include <cstdint>
#include <vector>

#include "search/open_cells.h"
#include "search/preference.h"

namespace wideep {

/// What NLopt finds of a cell.
struct RelaxedBatch {
  Cost cost = kNever;  ///< of the integers next to its point; kNever: none keeps the limits
  std::uint64_t evaluations = 0;
};

/// The best batch, chunk count and split of the configuration's cell over (ln T, ln m, phi), by
/// NLopt's Subplex (LN_SBPLX): an opinion beside the proof, of the same cell with its SMs and
/// schedule. Batches that break a limit count as many times worse.
RelaxedBatch solve_batch(const Problem& problem,
                         const std::vector<OpenCell>& cells,
                         const Config& config);

}  // namespace wideep
