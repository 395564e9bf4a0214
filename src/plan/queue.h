#pragma once

#include <optional>

#include "model/serving.h"

namespace wideep {

/// What a rate of requests is too much for.
enum class Overload { kPrefill, kDecode };

/// Where waiting is known to be estimated worse than elsewhere. docs/planning.md#waiting-errors
enum class WaitingDoubt {
  kShortSteps,    ///< steps that cost hardly anything but their tokens: batches grow on each other
  kCrowdedSteps,  ///< busy instances whose steps hold one or a few prompts: they fall into step
  kBursts,        ///< slots are held for less than prefill steps that finish many at a time
};

/// What requests see at a rate.
struct WaitingEstimate {
  ServingTimes times;                ///< without meaning where overloaded
  std::optional<Overload> overload;  ///< utilization of 1 and more: waiting grows without bound
  std::optional<WaitingDoubt> doubt;
};

/// The rate at which prefill or decode would be in use all the time.
PerSecond largest_rate(const ServingSetting& setting);

/// TTFT and its parts with Poisson arrivals at a rate > 0:
///
///   TTFT = waiting + prefill + transfer + slot waiting + TPOT
///
/// Means add up; the 95th percentiles are of each part, and of TTFT as a whole. Takes microseconds.
/// docs/planning.md#waiting has the formulas, their sources and how far they are off.
WaitingEstimate waiting_at_rate(const ServingSetting& setting, PerSecond rate);

/// The same at a fixed concurrency >= 1, where each request that finishes is replaced at once. The
/// rate is the one of Little's law,
///
///   concurrency = rate (TTFT + (output_tokens - 1) TPOT)
///
/// with the waiting that a request sees of the others, at (concurrency - 1) / concurrency of the
/// rate. Never overloaded. Sources: Little, Operations Research 9 (1961) 383-387; Schweitzer's
/// approximation of the arrival theorem (1979).
WaitingEstimate waiting_at_concurrency(const ServingSetting& setting, double concurrency);

}  // namespace wideep
