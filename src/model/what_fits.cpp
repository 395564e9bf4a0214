// The largest batch that runs, and what would fit in place of a configuration that does not.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "model/kernel_buffers.h"
#include "model/memory.h"
#include "model/transfers.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// As the search's largest batch; no memory holds more.
constexpr int kLargestBatch = 16'777'216;

/// "expert weights 46.1 GB, KV cache 30 GB", the largest first, those above a tenth of the whole.
std::string parts_of(const MemoryUse& use) {
  constexpr double kNotable = 0.1;
  std::array parts = {std::pair("expert weights", use.expert_weights),
                      std::pair("other weights", use.other_weights),
                      std::pair("KV cache", use.cache),
                      std::pair("kernel buffers", use.buffers),
                      std::pair("activations", use.activations),
                      std::pair("reserved", use.reserved)};
  std::stable_sort(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, bytes] : parts) {
    if (bytes < kNotable * use.total()) break;
    text += (text.empty() ? "" : ", ") + std::string(name) + " " + format(bytes);
  }
  return text;
}

/// Whether the configuration's batch runs with its width, kernel, SMs and mode.
bool runs(const Problem& problem, const Config& config) {
  return can_send(problem, config) && buffers_fit(problem, config) &&
         known_memory_use(problem, config).fits();
}

/// What runs at a width at most.
struct Fitting {
  Batch batch;
  Config config;
  bool whole = false;  ///< the batch that was asked for runs
};

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

std::string name_of_width(const Problem& problem, const Config& config) {
  return "EP " + std::to_string(config.ep_width) + " with " +
         problem.fabric.kernels[config.kernel].name;
}

std::string batch_at(const Problem& problem, const Fitting& fitting) {
  return name_of_width(problem, fitting.config) + " fits with " +
         batch_text(problem.workload, fitting.batch);
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

std::string batch_text(const Workload& workload, const Batch& batch) {
  const bool decodes = workload.traffic.phase == Phase::kDecode;
  const int count = decodes ? batch.requests : batch.tokens;
  const char* const what = decodes ? "request" : "token";
  return format_count(count) + " " + what + (count == 1 ? "" : "s") + " per rank";
}

std::string what_would_fit(const Problem& problem, const Config& config) {
  Problem any = problem;
  any.space.ep_widths.clear();
  const int slots = expert_slots(problem.workload).value_or(0);
  const Fitting here = most_at(problem, config, config.ep_width);
  if (here.whole) return name_of_width(problem, here.config) + " fits the whole batch";
  const std::string text = here.batch.tokens > 0
                               ? batch_at(problem, here)
                               : "EP " + std::to_string(config.ep_width) + " fits no batch";
  Fitting best = here;
  for (const int other : candidate_widths(any)) {
    if (other == config.ep_width || slots % other != 0) continue;
    const Fitting there = most_at(any, config, other);
    if (there.whole) {
      return text + "; " + name_of_width(problem, there.config) + " fits the whole batch";
    }
    if (there.batch.tokens > best.batch.tokens) best = there;
  }
  return best.batch.tokens == here.batch.tokens ? text : text + "; " + batch_at(problem, best);
}

BrokenLimit memory_shortage(const Problem& problem, const Config& config) {
  const MemoryUse use = known_memory_use(problem, config);
  return {kMemoryRule,
          name_of_width(problem, config) + " needs " + format(use.total()) + " of " +
              format(use.capacity) + ": " + parts_of(use)};
}

std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config) {
  const auto use = memory_use(problem, config);
  if (!use || use->fits()) return std::nullopt;
  BrokenLimit limit = memory_shortage(problem, config);
  limit.fix = what_would_fit(problem, config);
  return limit;
}

}  // namespace wideep
