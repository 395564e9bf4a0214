#pragma once

#include <optional>
#include <string>

#include "fit/estimate.h"
#include "fit/fused_solve.h"

namespace wideep {

/// A figure of a fused kernel, in SI units.
struct FusedFigure {
  double value = 0.0;                     ///< what the law goes by
  std::optional<Estimate> estimate = {};  ///< unset where the measurements do not tell it
  std::string reason = {};                ///< why there is none
  std::optional<double> at_least = {};    ///< where there is none: what they tell nevertheless
  bool given = false;                     ///< by the user
};

/// The six figures of the law. docs/model.md#fused
struct FusedEstimates {
  FusedFigure launch;           ///< a, in s
  FusedFigure launch_per_rank;  ///< c, in s
  FusedFigure read;             ///< in B/s, as `bandwidth`
  FusedFigure rate;             ///< in FLOP/s
  FusedFigure bandwidth;
  FusedFigure exponent;              ///< p
  bool tied = false;                 ///< rate and bandwidth: only what both take is told
  double rate_with_bandwidth = 0.0;  ///< correlation of their errors, where they are not

  [[nodiscard]] FusedFigures figures() const;
};

/// The figures of a solution, each with its interval or why it has none: times and the exponent
/// that of normal errors, rates that of their logarithms. `ep_width`: narrowest that was measured.
FusedEstimates estimates_of(const FusedSolution& solution, int ep_width);

}  // namespace wideep
