#include "model/what_fits.h"

#include <algorithm>

#include "model/kernel_buffers.h"
#include "model/limits.h"
#include "model/memory.h"
#include "model/transfers.h"
#include "model/widths.h"

namespace wideep {
namespace {

/// As the search's largest batch; no memory holds more.
constexpr int kLargestBatch = 16'777'216;

/// Whether the configuration's batch runs with its width, kernel, SMs and mode.
bool runs(const Problem& problem, const Config& config) {
  return can_send(problem, config) && buffers_fit(problem, config) &&
         known_memory_use(problem, config).fits();
}

/// The kernel and mode of the search space with which most runs at that width; an empty batch where
/// none does.
Fitting most_at(const Problem& problem, Config config, int ep_width) {
  config.ep_width = ep_width;
  config.tokens = tokens_per_rank(problem.workload, ep_width);
  Fitting most{.batch = {}, .config = config};
  for (const std::size_t kernel : problem.space.kernels) {
    if (search_limit(problem, kernel, ep_width)) continue;
    const std::vector<int>& sms = problem.fabric.kernels[kernel].sms;
    config.kernel = kernel;
    config.sms = sms.empty() ? 0 : *std::min_element(sms.begin(), sms.end());
    for (const Overlap overlap : problem.space.overlaps) {
      config.overlap = overlap;
      const bool whole = runs(problem, config);
      const Batch batch = largest_batch(problem, config);
      if (batch.tokens > most.batch.tokens) {
        most = {.batch = batch, .config = config, .whole = most.whole || whole};
      }
    }
  }
  return most;
}

}  // namespace

int tokens_each(const Workload& workload) {
  return workload.traffic.phase == Phase::kDecode ? 1 + workload.traffic.drafting.tokens : 1;
}

Batch largest_batch(const Problem& problem, Config config) {
  const Workload& workload = problem.workload;
  const int each = tokens_each(workload);
  // Fewer tokens cannot be cut in two.
  const int fewest = config.overlap == Overlap::kNone ? each : std::max(each, 2);
  config.tokens = fewest;
  if (!runs(problem, config)) return {};
  const auto most_below = [&](const Problem& loaded, int too_many) {
    int fits = 1;
    while (too_many - fits > 1) {
      const int middle = fits + (too_many - fits) / 2;
      config.tokens = middle * each;
      (runs(loaded, config) ? fits : too_many) = middle;
    }
    return fits;
  };
  int too_many = kLargestBatch / each + 1;
  if (!std::holds_alternative<ByWidth<double>>(workload.traffic.straggler.source)) {
    // A straggler factor that is computed takes milliseconds a batch: even loads need least.
    Problem even = problem;
    even.workload.traffic.straggler = {};
    too_many = most_below(even, too_many) + 1;
  }
  const int fits = most_below(problem, too_many);
  return {.tokens = fits * each, .requests = workload.traffic.phase == Phase::kDecode ? fits : 0};
}

WouldFit what_would_fit(const Problem& problem, const Config& config) {
  WouldFit found{.here = most_at(problem, config, config.ep_width), .elsewhere = {}};
  if (found.here.whole) return found;
  Problem any = problem;
  any.space.ep_widths.clear();
  const int slots = expert_slots(problem.workload).value_or(0);
  int most = found.here.batch.tokens;
  for (const int other : candidate_widths(any)) {
    if (other == config.ep_width || slots % other != 0) continue;
    const Fitting there = most_at(any, config, other);
    if (!there.whole && there.batch.tokens <= most) continue;
    found.elsewhere = there;
    most = there.batch.tokens;
    if (there.whole) break;
  }
  return found;
}

}  // namespace wideep
