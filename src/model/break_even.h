#pragma once

#include <optional>
#include <vector>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "model/threshold.h"

namespace wideep {

/// From which batch dual-batch overlap beats no overlap, each with the SMs that suit it best.
struct BreakEven {
  Threshold<double> any_split;  ///< tokens, at the best split
  Threshold<double> half_split;
  /// A stretch of batches that ends, for which a 50/50 split pays as well.
  std::optional<Stretch> half_split_stretch;
};

/// Both thresholds from their definition, for costs that differ in SMs alone; at least one.
BreakEven break_even(const std::vector<LayerCosts>& choices);

}  // namespace wideep
