#include "model/what_fits.h"

#include <algorithm>

#include "model/kernel_buffers.h"
#include "model/limits.h"
#include "model/memory.h"
#include "model/placed.h"
#include "model/schedule.h"
#include "model/transfers.h"
#include "model/ways.h"
#include "model/widths.h"

namespace wideep {
namespace {

/// Whether the configuration's batch runs with its width, kernel, SMs and mode, as far as is known.
bool runs(const Problem& problem, const Config& config) {
  if (!can_send(problem, config) || !buffers_fit(problem, config)) return false;
  const auto use = memory_use(problem, config);
  return !use || use->fits();
}

/// The most requests, or tokens of prompts, that run, of which the fewest do.
int most_by_halves(const Problem& problem, Config config) {
  const int each = tokens_each(problem.workload);
  int fits = 1;
  int too_many = kLargestBatch / each + 1;
  while (too_many - fits > 1) {
    const int middle = fits + (too_many - fits) / 2;
    config.tokens = middle * each;
    (runs(problem, config) ? fits : too_many) = middle;
  }
  return fits;
}

/// The most up to `most` that fit into memory, which grows nearly in proportion to them: by regula
/// falsi of the Illinois kind, so that few batches are looked at.
int most_by_memory(const Problem& problem, Config config, int most) {
  const auto excess = [&](int requests) {
    config.tokens = requests * tokens_each(problem.workload);
    const MemoryUse use = known_memory_use(problem, config);
    return use.total() - use.capacity;
  };
  int fits = 1;
  int too_many = most;
  Bytes above = excess(most);
  if (most == 1 || above <= Bytes(0.0)) return most;
  Bytes below = excess(1);
  int side = 0;
  while (too_many - fits > 1) {
    const double share = below / (below - above);
    const auto guess = fits + static_cast<int>((too_many - fits) * std::clamp(share, 0.0, 1.0));
    const int middle = std::clamp(guess, fits + 1, too_many - 1);
    const Bytes here = excess(middle);
    if (here <= Bytes(0.0)) {
      fits = middle;
      below = here;
      if (side < 0) above = 0.5 * above;
      side = -1;
    } else {
      too_many = middle;
      above = here;
      if (side > 0) below = 0.5 * below;
      side = 1;
    }
  }
  return fits;
}

/// The kernel and mode of the search space with which most runs at that width; an empty batch where
/// none does.
Fitting most_at(const Problem& problem, int ep_width) {
  Config config = asked(problem, {.ep_width = ep_width});
  Fitting most{.batch = {}, .config = config};
  for (const std::size_t kernel : problem.space.kernels) {
    if (search_limit(problem, {.ep_width = ep_width, .kernel = kernel})) continue;
    const std::vector<int>& sms = problem.fabric.kernels[kernel].sms;
    config.kernel = kernel;
    config.sms = sms.empty() ? 0 : *std::min_element(sms.begin(), sms.end());
    for (const Overlap overlap : problem.space.overlaps) {
      config.overlap = overlap;
      if (ways_of(problem, kernel, overlap).empty()) continue;
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
  const Traffic& traffic = workload.traffic;
  const bool of_requests = traffic.phase == Phase::kDecode && !traffic.prompts;
  return of_requests ? 1 + traffic.drafting.tokens : 1;
}

Batch largest_batch(const Problem& problem, Config config) {
  const Workload& workload = problem.workload;
  const int each = tokens_each(workload);
  // Fewer tokens cannot be cut in two.
  config.tokens = cuts_batch(config.overlap) ? std::max(each, 2) : each;
  if (!runs(problem, config)) return {};
  int fits = 0;
  const bool stated = std::holds_alternative<ByWidth<double>>(workload.traffic.straggler.source);
  if (stated || !memory_unknown(problem).empty()) {
    fits = most_by_halves(problem, config);
  } else {
    // A straggler factor that is computed takes milliseconds a batch: even loads need least.
    Problem even = problem;
    even.workload.traffic.straggler = {};
    fits = most_by_memory(problem, config, most_by_halves(even, config));
  }
  return {.tokens = fits * each,
          .requests = workload.traffic.phase == Phase::kDecode ? fits : 0,
          .ranks = config.attention.ranks};
}

WhatFits::WhatFits(const Problem& problem) : problem_(problem), any_(problem) {
  any_.space.ep_widths.clear();
}

WouldFit WhatFits::instead_of(const Config& config) {
  if (config.copies_tokens() || config.attention.ranks > 1) {
    const Batch batch = largest_batch(placed(problem_, config), config);
    return {.here = {.batch = batch, .config = config}, .elsewhere = {}};
  }
  const auto at = [](const Problem& problem, std::map<int, Fitting>& known, int width) {
    const auto found = known.find(width);
    if (found != known.end()) return found->second;
    return known.emplace(width, most_at(problem, width)).first->second;
  };
  // Widths that are asked for by name may run where others are left out.
  std::map<int, Fitting>& here = problem_.space.ep_widths.empty() ? others_ : asked_;
  WouldFit found{.here = at(problem_, here, config.ep_width), .elsewhere = {}};
  if (found.here.whole) return found;
  const int slots = expert_slots(problem_.workload).value_or(0);
  int most = found.here.batch.tokens;
  for (const int other : candidate_widths(any_)) {
    if (other == config.ep_width || slots % other != 0) continue;
    const Fitting there = at(any_, others_, other);
    if (!there.whole && there.batch.tokens <= most) continue;
    found.elsewhere = there;
    most = there.batch.tokens;
    if (there.whole) break;
  }
  return found;
}

}  // namespace wideep
