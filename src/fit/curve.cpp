#include "fit/curve.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "fit/errors.h"
#include "fit/extent.h"
#include "fit/max_affine.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Two parameters and an error need three, and one may be an outlier.
constexpr std::size_t kLeastSizes = 4;

enum CurveParameter : std::size_t { kLatency, kSlope, kFloorTime };

/// Times in us and sizes in MB, so that the numbers are near 1.
Regression affine(std::span<const CommSample> samples) {
  Regression regression;
  for (const CommSample& sample : samples) {
    regression.observations.push_back(
        {sample.time / unit::us, {{{kLatency, 1.0}, {kSlope, sample.volume / unit::MB}}}});
  }
  const auto by_volume = [](const CommSample& a, const CommSample& b) {
    return a.volume < b.volume;
  };
  const auto [least, most] = std::minmax_element(samples.begin(), samples.end(), by_volume);
  regression.start = {0.5 * (least->time / unit::us),
                      0.5 * (most->time / unit::us) / (most->volume / unit::MB)};
  return regression;
}

/// The line with a floor under it, from where the line alone was.
Regression with_floor(const Regression& line, const Solution& solved) {
  Regression regression = line;
  std::vector<double> times;
  for (std::size_t at = 0; at < line.observations.size(); ++at) {
    regression.observations[at].branches.push_back({{kFloorTime, 1.0}});
    if (solved.used[at]) times.push_back(line.observations[at].measured);
  }
  std::sort(times.begin(), times.end());
  constexpr double kBelow = 0.8;      // the latency of the line alone, which the floor had lifted
  constexpr std::size_t kLowest = 4;  // a quarter of the points lies on a floor worth the name
  regression.start = {kBelow * solved.parameters[kLatency],
                      solved.parameters[kSlope],
                      times[times.size() / kLowest]};
  return regression;
}

/// Whether the floor holds two sizes or more, above where the line starts.
bool has_floor(const Regression& regression, const Solution& solution) {
  if (!solution.all_determined()) return false;
  const double floor = solution.parameters[kFloorTime];
  std::vector<double> sizes;
  for (std::size_t at = 0; at < regression.observations.size(); ++at) {
    const double size = regression.observations[at].branches.front()[kSlope].factor;
    const double line = solution.parameters[kLatency] + size * solution.parameters[kSlope];
    if (solution.used[at] && line < floor) sizes.push_back(size);
  }
  std::sort(sizes.begin(), sizes.end());
  return !sizes.empty() && sizes.front() < sizes.back();
}

std::string why_too_few(std::span<const CommSample> samples) {
  double least = samples.front().volume / unit::B;
  double most = least;
  for (const CommSample& sample : samples) {
    least = std::min(least, sample.volume / unit::B);
    most = std::max(most, sample.volume / unit::B);
  }
  if (most == least) {
    return fmt::format("measured at one size only, {}: latency and bandwidth cannot be told apart",
                       format(most * unit::B));
  }
  if (most < kLeastRatio * least) {
    return fmt::format("sizes from {} to {} are too near to tell latency from bandwidth",
                       format(least * unit::B),
                       format(most * unit::B));
  }
  if (samples.size() < kLeastSizes) {
    return fmt::format(
        "{} measurements; two parameters and their errors need {}", samples.size(), kLeastSizes);
  }
  return "";
}

void add_errors(std::span<const CommSample> samples, const Solution& solution, Curve& curve) {
  std::vector<double> errors;
  for (std::size_t at = 0; at < samples.size(); ++at) {
    if (!solution.used[at]) {
      curve.outliers.push_back(at);
      continue;
    }
    errors.push_back(std::abs(solution.fitted[at] / (samples[at].time / unit::us) - 1.0));
    const Bytes volume = samples[at].volume;
    curve.least = errors.size() == 1 ? volume : std::min(curve.least, volume);
    curve.most = errors.size() == 1 ? volume : std::max(curve.most, volume);
  }
  curve.points = static_cast<int>(errors.size());
  const ErrorSummary summary = summary_of(errors);
  curve.median_error = summary.median;
  curve.largest_error = summary.largest;
}

/// Half the width of the 95 % interval of the fitted time, as a share of it.
double uncertainty(const Curve& curve, double bytes, double latency_variance) {
  const double variance = latency_variance + 2.0 * bytes * curve.latency_slope_covariance +
                          bytes * bytes * curve.slope_variance;
  return t_95(curve.freedom) * std::sqrt(std::max(0.0, variance)) /
         (curve.latency.value + bytes * curve.slope);
}

/// The largest size at which the fitted time is certain enough; the law itself is not known to
/// hold further than some multiple of what was measured.
Bytes reach(const Curve& curve, double latency_variance) {
  constexpr double kCertain = 0.1;
  constexpr double kFurthest =
      8.0;  // EP 8 stays affine to 8 times T = 256, facts of AIConfigurator
  constexpr double kStep = 1.05;
  const double most = curve.most / unit::B;
  double bytes = most;
  while (bytes * kStep <= kFurthest * most &&
         uncertainty(curve, bytes * kStep, latency_variance) <= kCertain) {
    bytes *= kStep;
  }
  return bytes * unit::B;
}

}  // namespace

const char* name_of(CurveForm form) {
  return form == CurveForm::kFloor ? "floor" : "affine";
}

Seconds Curve::time(Bytes volume) const {
  const double line = latency.value + volume / unit::B * slope;
  return std::max(line, floor ? floor->value : 0.0) * unit::s;
}

bool Curve::is_outlier(std::size_t sample) const {
  return std::find(outliers.begin(), outliers.end(), sample) != outliers.end();
}

CurveFit fit_curve(std::span<const CommSample> samples) {
  CurveFit result;
  result.reason = why_too_few(samples);
  result.too_alike = !result.reason.empty();
  if (result.too_alike) return result;

  Regression regression = affine(samples);
  Solution solution = solve(regression);
  Curve curve;
  curve.affine_cv_error = root_mean_square(cross_validate(regression, solution.used));
  const Regression floored = with_floor(regression, solution);
  const Solution floor_solution = solve(floored);
  const auto kept = [](const Solution& of) {
    return std::count(of.used.begin(), of.used.end(), true);
  };
  if (has_floor(floored, floor_solution) && kept(floor_solution) >= kept(solution)) {
    // Points on the floor may be outliers to the line; both have to predict them.
    const std::vector<double> floor_errors = cross_validate(floored, floor_solution.used);
    curve.floor_cv_error = root_mean_square(floor_errors);
    if (clearly_better(cross_validate(regression, floor_solution.used), floor_errors)) {
      curve.form = CurveForm::kFloor;
      solution = floor_solution;
      regression = floored;
    }
  }
  curve.freedom = solution.freedom;
  if (solution.freedom < 1) {
    result.reason = "too few measurements are left beside outliers";
    return result;
  }
  const auto& variance = solution.covariance;
  const auto bandwidth =
      reciprocal_of(solution.parameters[kSlope], variance[kSlope][kSlope], solution.freedom);
  add_errors(samples, solution, curve);
  if (!bandwidth) {
    result.reason =
        fmt::format("the time does not grow clearly from {} to {}: measure larger sizes",
                    format(curve.least),
                    format(curve.most));
    return result;
  }
  const auto in_seconds = [&](CurveParameter which) {
    return scaled(estimate_of(solution.parameters[which], variance[which][which], solution.freedom),
                  1e-6);
  };
  curve.latency = in_seconds(kLatency);
  if (curve.form == CurveForm::kFloor) curve.floor = in_seconds(kFloorTime);
  curve.bandwidth = scaled(*bandwidth, 1.0 / kPerMb);
  curve.slope = kPerMb * solution.parameters[kSlope];
  curve.slope_variance = kPerMb * kPerMb * variance[kSlope][kSlope];
  curve.latency_slope_covariance = 1e-6 * kPerMb * variance[kLatency][kSlope];
  curve.spread = solution.sigma;
  curve.reaches = reach(curve, curve.latency.se * curve.latency.se);
  result.curve = std::move(curve);
  return result;
}

}  // namespace wideep
