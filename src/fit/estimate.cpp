#include "fit/estimate.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace wideep {

Estimate scaled(const Estimate& estimate, double factor) {
  return {
      factor * estimate.value, factor * estimate.se, factor * estimate.low, factor * estimate.high};
}

double t_95(int freedom) {
  constexpr double kUpper = 0.975;
  constexpr double kNormal = 1.96;
  if (freedom == 0) return kNormal;
  return boost::math::quantile(boost::math::students_t(freedom), kUpper);
}

// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): as declared
Estimate estimate_of(double value, double variance, int freedom) {
  const double se = std::sqrt(variance);
  const double reach = t_95(freedom) * se;
  return {.value = value, .se = se, .low = std::max(0.0, value - reach), .high = value + reach};
}

// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): as declared
std::optional<Estimate> reciprocal_of(double slope, double variance, int freedom) {
  const Estimate of_slope = estimate_of(slope, variance, freedom);
  if (of_slope.low <= 0.0) return std::nullopt;
  return Estimate{.value = 1.0 / slope,
                  .se = of_slope.se / (slope * slope),
                  .low = 1.0 / of_slope.high,
                  .high = 1.0 / of_slope.low};
}

std::optional<Estimate> ratio_of(const RatioParts& parts, int freedom) {
  const double t = t_95(freedom);
  // The q for which top - q bottom is within t standard errors of 0: a q^2 - 2 b q + c <= 0.
  const double a = parts.bottom * parts.bottom - t * t * parts.bottom_variance;
  const double b = parts.top * parts.bottom - t * t * parts.covariance;
  const double c = parts.top * parts.top - t * t * parts.top_variance;
  if (parts.bottom <= 0.0 || a <= 0.0) return std::nullopt;
  const double reach = std::sqrt(std::max(0.0, b * b - a * c));
  const double ratio = parts.top / parts.bottom;
  const double variance =
      parts.top_variance - 2.0 * ratio * parts.covariance + ratio * ratio * parts.bottom_variance;
  return Estimate{.value = ratio,
                  .se = std::sqrt(std::max(0.0, variance)) / parts.bottom,
                  .low = std::max(0.0, (b - reach) / a),
                  .high = (b + reach) / a};
}

}  // namespace wideep
