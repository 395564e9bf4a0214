#pragma once

#include <optional>
#include <string>

#include "model/config.h"
#include "model/limit.h"
#include "model/problem.h"

namespace wideep {

/// The batch from which one layout is faster than another, each at its best width, kernel and mode.
struct LayoutThreshold {
  std::optional<double> tokens_per_gpu;  ///< unset: `reason` says why
  Config below;                          ///< what is best of the one just before
  Config from;                           ///< and of the other from there on
  std::optional<BrokenLimit> limit =
      {};  ///< where one of them does not run: what stands in the way
  std::string reason;
};

/// Where data-parallel attention with experts spread and sent to (DEP) becomes faster than one
/// attention group with experts spread (TEP), and that than experts that are cut (TP), in the time
/// between two tokens at the same tokens per GPU. docs/model.md#layout-thresholds
struct LayoutThresholds {
  LayoutThreshold dep_over_tep;
  LayoutThreshold tep_over_tp;
};

/// Of the layouts that the search space has; nothing where it has fewer than two of the three. By
/// search at powers of two of a token on eight GPUs up to 1,024 a GPU, and between two of them by
/// halving; a layout that is faster in between alone is passed over.
std::optional<LayoutThresholds> layout_thresholds(const Problem& problem);

}  // namespace wideep
