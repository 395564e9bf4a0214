#pragma once

#include <optional>
#include <vector>

#include "model/layer_costs.h"

namespace wideep {

/// The tokens of a micro-batch at which what bounds one of its stages changes: floors give way to
/// bytes, reads of weights to arithmetic. Ascending, above 0, up to infinity.
std::vector<double> stage_bends(const LayerCosts& costs);

/// The least layer time of dual-batch overlap over every real split of `tokens` > 0 into two
/// micro-batches, of one transfer each way; `bends` are stage_bends of the costs.
///
/// Between the splits at which a stage bends or another side of a slot becomes the longer one,
/// every stage is linear in the split or, as the number of active experts is, concave, and so is
/// the layer time. So its least value is at one of those splits or at an end, and all are tried.
/// docs/model.md#thresholds
///
/// With a `limit`, what is above it may come out a little less, but above it as well: how often the
/// splits in between are looked at then depends on whether they can be below it.
Seconds best_split_time(const LayerCosts& costs,
                        const std::vector<double>& bends,
                        double tokens,
                        std::optional<Seconds> limit = {});

}  // namespace wideep
