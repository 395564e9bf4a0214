#pragma once

#include <vector>

#include "model/placed.h"
#include "search/open_cells.h"

namespace wideep {

/// Batches of an attention group, both ends included: requests at decode, tokens at prefill.
struct BatchSpan {
  int low = 1;
  int high = 1;
};

/// Those of the workload's range that the cell's mode and way take; at most two stretches.
std::vector<BatchSpan> spans_of(const Problem& problem, const OpenCell& open);

/// The largest that memory, buffers and transfers leave; 0: none.
int most_that_fits(const Problem& placed, const OpenCell& open);

/// The smallest batch of the span with which a prompt takes as many steps as with the largest; the
/// smallest of all where slo.ttft does not matter.
int fewest_of_as_many_steps(const Workload& workload, const BatchSpan& span);

/// Whether slo.tpot or slo.ttft bounds a step.
bool has_level(const Workload& workload);

/// What no batch of a cell beats. Collectives are taken by the largest of curves below them whose
/// time per byte never rises; loads as even at first, then at the least straggler factor of the
/// span.
class BatchBounds {
 public:
  explicit BatchBounds(const Problem& problem);

  /// Under the problem's objective.
  Cost least_cost(const OpenCell& open, const BatchSpan& span, bool uneven);

  /// Whether some batch of the span may cost less than the limit: as least_cost, but as near as the
  /// splits and chunk counts of the largest tell. Micro-batches of a smaller one are those of the
  /// largest, scaled, at some real split, and it has as many chunks at most.
  bool may_beat(const OpenCell& open, const BatchSpan& span, Cost limit);

  /// Whether a step of the batch may keep the service level.
  bool may_meet(const OpenCell& open, int batch);

  /// Whether a smaller batch, with which a prompt takes more steps, may keep slo.ttft: together
  /// they take no less than steps of this one in proportion to the prompt.
  bool smaller_may_meet(const OpenCell& open, int batch);

 private:
  std::optional<Cell> even_cell(const OpenCell& open, int batch);
  std::optional<Cell> uneven_cell(const OpenCell& open, const BatchSpan& span);

  const Problem& problem_;
  Placing stars_;  ///< with even loads
  KnownCosts costs_;
};

}  // namespace wideep
