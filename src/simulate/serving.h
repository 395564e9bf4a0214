#pragma once

#include <cstdint>

#include "model/serving.h"

namespace wideep {

/// As many requests tell the 95th percentile to a few percent.
inline constexpr int kUsualRequests = 100'000;

/// Which random numbers a simulation draws, and how many requests it counts.
struct ServingRun {
  std::uint64_t seed = 1;
  int requests = kUsualRequests;  ///< > 0, beside those before them that fill the deployment
};

/// Replays the setting request by request, with Poisson arrivals at that rate > 0: every arrival,
/// prefill step, transfer and decode slot. Knows none of the formulas. The same seed gives the same
/// times on every platform. Needs utilizations below 1: otherwise times grow with `requests`.
ServingTimes simulate_open(const ServingSetting& setting, PerSecond rate, const ServingRun& run);

/// The same at a fixed concurrency >= 1: a request that finishes is replaced at once.
ServingTimes simulate_closed(const ServingSetting& setting, int concurrency, const ServingRun& run);

}  // namespace wideep
