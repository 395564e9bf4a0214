#include "fit/given_latency.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "fit/errors.h"
#include "fit/max_affine.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Times in us and sizes in MB, with the slope for the only parameter.
Regression regression_of(std::span<const CommSample> samples, double latency) {
  Regression regression;
  regression.sigma_without_freedom = kUsualSpread;
  std::vector<double> slopes;
  for (const CommSample& sample : samples) {
    const double time = sample.time / unit::us;
    const double size = sample.volume / unit::MB;
    regression.observations.push_back({time, {{{kKnown, latency}, {0, size}}}});
    slopes.push_back(std::max(0.0, time - latency) / size);
  }
  regression.start = {median(slopes)};
  return regression;
}

/// The slope with its 95 % interval; low below 0 where it may be 0. us/MB.
Estimate slope_of(const Solution& solution) {
  const double se = std::sqrt(solution.covariance[0][0]);
  const double reach = t_95(solution.freedom) * se;
  const double slope = solution.parameters[0];
  return {.value = slope, .se = se, .low = slope - reach, .high = slope + reach};
}

void add_slope_errors(std::span<const CommSample> samples, const Solution& solution, Curve& curve) {
  std::vector<double> errors;
  for (std::size_t at = 0; at < samples.size(); ++at) {
    const CommSample& sample = samples[at];
    if (!solution.used[at]) {
      curve.outliers.push_back(at);
      continue;
    }
    errors.push_back(std::abs(curve.time(sample.volume) / sample.time - 1.0));
    curve.least = errors.size() == 1 ? sample.volume : std::min(curve.least, sample.volume);
    curve.most = errors.size() == 1 ? sample.volume : std::max(curve.most, sample.volume);
  }
  const ErrorSummary summary = summary_of(errors);
  curve.points = summary.points;
  curve.median_error = summary.median;
  curve.largest_error = summary.largest;
}

}  // namespace

std::optional<GivenLatency> given_latency(std::span<const LatencySource> sources,
                                          const CommSeries& series) {
  for (const LatencySource& source : sources) {
    const bool speaks = (source.kernel.empty() || source.kernel == series.kernel) &&
                        (!source.direction || series.direction == Direction::kEither ||
                         *source.direction == series.direction);
    if (!speaks) continue;
    const int width = series.ep_width;
    const double low = source.low.at(width) / unit::s;
    const double high = source.high.at(width) / unit::s;
    constexpr double kInterval = 2.0 * 1.96;  // standard errors of a 95 % interval
    return GivenLatency{{.value = source.latency.at(width) / unit::s,
                         .se = (high - low) / kInterval,
                         .low = low,
                         .high = high},
                        source.from};
  }
  return std::nullopt;
}

CurveFit fit_bandwidth(std::span<const CommSample> samples, const GivenLatency& given) {
  const Estimate& latency = given.latency;
  const auto solved = [&](double seconds) {
    return solve(regression_of(samples, Seconds(seconds) / unit::us));
  };
  const Solution solution = solved(latency.value);
  const Estimate slope = slope_of(solution);
  const double low = slope_of(solved(latency.high)).low;
  const double high = slope_of(solved(latency.low)).high;
  CurveFit result;
  if (low <= 0.0) {
    result.reason = fmt::format("a latency of {} to {}, as {} says, may be all of the time",
                                format(Seconds(latency.low)),
                                format(Seconds(latency.high)),
                                given.from);
    return result;
  }
  Curve curve;
  curve.given = given;
  curve.latency = latency;
  constexpr double kInterval = 2.0 * 1.96;  // standard errors of a 95 % interval
  const double se = (high - low) / kInterval;
  curve.slope = kPerMb * slope.value;
  curve.slope_variance = kPerMb * kPerMb * se * se;
  curve.bandwidth = scaled(Estimate{.value = 1.0 / slope.value,
                                    .se = se / (slope.value * slope.value),
                                    .low = 1.0 / high,
                                    .high = 1.0 / low},
                           1.0 / kPerMb);
  curve.freedom = 0;  // the errors are known, not estimated from residuals
  curve.spread = kUsualSpread;
  add_slope_errors(samples, solution, curve);
  curve.reaches = curve.most;
  result.curve = std::move(curve);
  return result;
}

}  // namespace wideep
