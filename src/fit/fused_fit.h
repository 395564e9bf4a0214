#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/errors.h"
#include "fit/extent.h"
#include "fit/fused_estimates.h"
#include "fit/fused_gamma.h"
#include "fit/samples.h"

namespace wideep {

/// What else the user says of a fit.
struct FusedFitOptions {
  std::vector<int> holdout_widths = {};         ///< left out, and predicted from the rest
  double holdout_share = 0.0;                   ///< likewise, drawn with a fixed seed
  std::optional<Seconds> launch_per_rank = {};  ///< c, in place of a fitted one
};

/// What the timings of fused kernels of one device and type tell: one law, whatever the experts.
struct FusedFit {
  std::string device;  ///< as the tables name it; empty: they do not say
  std::string dtype;   ///< of weights and activations, as they name it
  WeightType weights = WeightType::kMxfp4;
  std::vector<FusedSeries> shapes;   ///< of the experts that were timed, each once, routing even
  std::vector<FusedSample> samples;  ///< of even routing, without those held out; of `shapes`
  std::optional<FusedEstimates> estimates;
  std::string reason;          ///< why there are no estimates
  std::vector<int> ep_widths;  ///< of the samples, ascending
  Extent tokens;               ///< T of them
  double spread = 0.0;         ///< standard deviation of ln(fitted / measured), robust
  int freedom = 0;             ///< of that
  double median_error = 0.0;   ///< of |fitted / measured - 1|
  double largest_error = 0.0;
  std::optional<HeldOutErrors> held_out;
  std::vector<FusedImbalance> imbalances;  ///< of rows of uneven routing

  /// t of the law. Needs estimates.
  [[nodiscard]] Seconds time(const FusedSample& sample) const;
};

/// Fits every device and type, robustly (fused_solve.h); rows of uneven routing do not count, and
/// say which straggler factor they imply instead. Needs samples whose EP width is known.
std::vector<FusedFit> fit_fused(const Measurements& measurements,
                                const FusedFitOptions& options = {});

}  // namespace wideep
