#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/estimate.h"
#include "fit/samples.h"

namespace wideep {

/// us/MB, in which curves and laws are fitted, in s/B.
inline constexpr double kPerMb = 1e-12;

/// How time grows with bytes on one curve.
enum class CurveForm {
  kAffine,  ///< t = L + V/BW
  kFloor    ///< t = max(F, L + V/BW)
};

/// "affine" or "floor".
const char* name_of(CurveForm form);

/// A latency that was not measured, and who says it.
struct GivenLatency {
  Estimate latency;  ///< s
  std::string from;  ///< "--latency", "h100-ib400"
};

/// L and BW of one kernel, direction, EP width and number of SMs. Times in s, sizes in B, rates in
/// B/s. docs/model.md#fit
struct Curve {
  CurveForm form = CurveForm::kAffine;
  std::optional<GivenLatency> given;  ///< the latency is this, and not fitted
  Estimate latency;
  Estimate bandwidth;             ///< of V, all k copies of each token
  std::optional<Estimate> floor;  ///< of kFloor
  double slope = 0.0;             ///< 1/BW, in s/B
  double slope_variance = 0.0;
  double latency_slope_covariance = 0.0;
  int points = 0;                     ///< that were used
  std::vector<std::size_t> outliers;  ///< indices into the samples given
  double spread = 0.0;                ///< standard deviation of measured / fitted
  int freedom = 1;                    ///< 0: the errors are known otherwise
  double median_error = 0.0;          ///< of |fitted / measured - 1|
  double largest_error = 0.0;
  double affine_cv_error = 0.0;  ///< root mean square of log(measured / predicted) in folds
  double floor_cv_error = 0.0;   ///< 0 where a floor was no candidate
  Bytes least;                   ///< range of V
  Bytes most;
  Bytes reaches;  ///< V up to which the 95 % interval of the fitted time stays within 10 %

  [[nodiscard]] Seconds time(Bytes volume) const;
  [[nodiscard]] bool is_outlier(std::size_t sample) const;
};

/// A curve, or why the measurements do not tell one.
struct CurveFit {
  std::optional<Curve> curve;
  std::string reason;      ///< empty where there is a curve
  bool too_alike = false;  ///< the sizes are too few or too near: a given latency would help
};

/// Fits one series. A floor is taken where it predicts left-out points better than the line does,
/// by more than twice the standard error of the difference and by a tenth.
CurveFit fit_curve(std::span<const CommSample> samples);

}  // namespace wideep
