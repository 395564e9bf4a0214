#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/estimate.h"
#include "fit/fused_law.h"

namespace wideep {

/// With fewer tokens a rank reading weights decides, of which a skewed batch reads fewer: such rows
/// do not tell the load of the busiest rank.
inline constexpr int kLeastSkewedTokens = 1024;

/// The straggler factor that rows of uneven routing imply: of one distribution, one EP width and
/// one shape of experts.
struct FusedImbalance {
  FusedSeries series;
  int ep_width = 0;
  int points = 0;  ///< of `kLeastSkewedTokens` or more
  std::optional<Estimate> gamma =
      {};                     ///< that meets them best; its interval is its value of one point
  std::string reason = {};    ///< why there is none
  double median_error = 0.0;  ///< of the law with it
  double even_error = 0.0;    ///< of the law without
};

/// The gamma that multiplies arithmetic and copies, by the loss of soften(), between a half and
/// twice as many as there are ranks. A row of nothing: a reason.
void fit_gamma(std::span<const FusedPoint> points,
               const FusedFigures& figures,
               FusedImbalance& imbalance);

}  // namespace wideep
