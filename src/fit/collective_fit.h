#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fit/samples.h"
#include "fit/series.h"
#include "model/collective.h"

namespace wideep {

/// Times of one machine repeat within some percent, and a size now and then is off.
inline constexpr double kNearCurve = 0.05;
inline constexpr double kNearShare = 0.9;
inline constexpr double kFarFromCurve = 0.2;

/// How near a curve comes to what it was made of. docs/model.md#fit
struct CurveAim {
  double near = kNearCurve;    ///< of the measured time
  double share = kNearShare;   ///< of the sizes that are as near
  double far = kFarFromCurve;  ///< beyond which no size is
};

/// What the timings of one library, operation and number of ranks tell.
struct CollectiveFit {
  CollectiveSeries series;
  std::vector<CollectivePoint> measured;  ///< ascending sizes; of several times the median
  std::optional<CollectiveCurve> curve;   ///< unset: one size tells none
  double median_error = 0.0;              ///< of |curve / measured - 1|
  double high_error = 0.0;                ///< that the share of an aim is within
  double largest_error = 0.0;
  bool meets_aim = false;  ///< unless measured times fall with the size by more than it allows
  double spread = 0.0;     ///< of several times of one size: most over least, less 1, at worst
};

/// What the calibration calls the library's kernel: "AR-vLLM", "NCCL-AR".
std::string_view collectives_name(Library library);

/// Times that never fall, nearest to these in the sum of absolute differences: isotonic regression,
/// neighbours that fall pooled to their median. A single spike moves nothing beside it.
std::vector<double> non_falling(const std::vector<double>& times);

/// The fewest of the measured sizes, two at least and the largest among them, so that the curve
/// through their non-falling times meets the aim; where none does, as many as are nearest to it:
/// fewest sizes beyond `far`, then beyond `near`. Of as many points those with fewest sizes beyond
/// either, then with the least sum of squares of curve / measured - 1. Two sizes at least,
/// ascending.
CollectiveCurve fewest_points(const std::vector<CollectivePoint>& measured, const CurveAim& aim);

/// A fit of each curve that `only` leaves, by library, operation and ranks. Keys of `only`: kernel
/// (as collectives_name), phase (the operation), ep (the ranks); others match none.
std::vector<CollectiveFit> fit_collectives(const Measurements& measurements,
                                           const std::vector<SeriesFilter>& only);

}  // namespace wideep
