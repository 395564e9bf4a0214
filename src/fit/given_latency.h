#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/curve.h"
#include "fit/samples.h"
#include "model/by_width.h"

namespace wideep {

/// Latencies that are known otherwise than by measurements of one size, which cannot tell them.
struct LatencySource {
  std::string kernel;                  ///< empty: any
  std::optional<Direction> direction;  ///< unset: either
  ByWidth<Seconds> latency;
  ByWidth<Seconds> low;  ///< of its 95 % interval
  ByWidth<Seconds> high;
  std::string from;  ///< "--latency", "h100-ib400"
};

/// What the first source that speaks of a series says.
std::optional<GivenLatency> given_latency(std::span<const LatencySource> sources,
                                          const CommSeries& series);

/// Fits the bandwidth alone, under a latency that is given. Its interval holds what the noise of
/// the times and the interval of the latency leave open. No curve where the latency may be all of
/// the time.
///
///   1/BW = sum (t - L) V / t^2 / sum (V / t)^2                                      [s/B]
CurveFit fit_bandwidth(std::span<const CommSample> samples, const GivenLatency& given);

}  // namespace wideep
