#include "model/limits.h"

#include <algorithm>
#include <cstdlib>

#include "model/coverage.h"
#include "model/kernel_buffers.h"
#include "model/layout_limits.h"
#include "model/memory.h"
#include "model/overlap.h"
#include "model/transfers.h"

namespace wideep {
namespace {

/// Of the values that are allowed the nearest to `value`; nothing where it is one of them, or none
/// are listed.
std::optional<int> nearest_other(const std::vector<int>& allowed, int value) {
  const auto nearer = [value](int a, int b) { return std::abs(a - value) < std::abs(b - value); };
  const auto nearest = std::min_element(allowed.begin(), allowed.end(), nearer);
  return nearest == allowed.end() || *nearest == value ? std::nullopt : std::optional(*nearest);
}

BrokenLimit count_limit(LimitKind kind, const Config& config, double asked, double allowed) {
  return {.kind = kind, .config = config, .asked = asked, .allowed = allowed};
}

}  // namespace

std::optional<BrokenLimit> width_limit(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  const Model& model = workload.model;
  const Kernel& chosen = problem.fabric.kernels[config.kernel];
  const int ep_width = config.ep_width;
  const Config laid = layout_of(config);
  const auto broken = [&](LimitKind kind, int asked, int allowed) {
    return count_limit(kind, laid, asked, allowed);
  };
  if (problem.space.max_gpus && config.gpus() > *problem.space.max_gpus) {
    return broken(LimitKind::kMaxGpus, config.gpus(), *problem.space.max_gpus);
  }
  if (const auto slots = expert_slots(workload); slots && *slots % ep_width != 0) {
    const int redundant = workload.serving.redundant_experts;
    return broken(LimitKind::kExpertsDivide, redundant, redundant + ep_width - *slots % ep_width);
  }
  if (auto limit = layout_limit(problem, laid)) return limit;
  if (config.copies_tokens()) return std::nullopt;
  if (ep_width == 1 && !chosen.fused) return std::nullopt;  // no kernel runs
  if (const auto nearest = nearest_other(chosen.limits.ep_widths, ep_width)) {
    return broken(LimitKind::kKernelEpWidth, ep_width, *nearest);
  }
  if (const auto nearest = nearest_other(chosen.limits.hidden_sizes, model.hidden_size)) {
    return broken(LimitKind::kKernelHiddenSize, model.hidden_size, *nearest);
  }
  if (chosen.limits.max_top_k && model.top_k > *chosen.limits.max_top_k) {
    return broken(LimitKind::kKernelTopK, model.top_k, *chosen.limits.max_top_k);
  }
  const auto& types = chosen.limits.weight_types;
  const auto& stored = model.shape.weights;
  if (chosen.fused && !states_experts(model)) return broken(LimitKind::kKernelShape, 0, 0);
  if (stored && !types.empty() && std::find(types.begin(), types.end(), *stored) == types.end()) {
    return broken(LimitKind::kKernelWeights, 0, 0);
  }
  if (!has_figures(chosen, ep_width)) {
    const int nearest = bandwidth_coverage(chosen).nearest(ep_width);
    return broken(LimitKind::kKernelFigures, ep_width, nearest);
  }
  return std::nullopt;
}

std::optional<BrokenLimit> search_limit(const Problem& problem, const Config& config) {
  if (auto limit = width_limit(problem, config)) return limit;
  if (config.copies_tokens()) return std::nullopt;
  const Coverage latencies = latency_coverage(problem.fabric.kernels[config.kernel]);
  const bool asked_for = !problem.space.ep_widths.empty();
  const int width = config.ep_width;
  if (asked_for || width == 1 || latencies.covers(width)) return std::nullopt;
  return count_limit(
      LimitKind::kKernelLatencies, layout_of(config), width, latencies.nearest(width));
}

std::optional<BrokenLimit> transfer_limit(const Problem& problem, const Config& config) {
  const double sent = largest_transfer(config);
  const auto most = most_in_transfer(problem, config);
  if (!exceeds_transfer_limit(most, sent)) return std::nullopt;
  const auto of_kernel = problem.fabric.kernels[config.kernel].limits.max_tokens_per_rank;
  const int ranks = config.attention.ranks;
  const double own = sent / ranks;
  if (exceeds_transfer_limit(of_kernel, own)) {
    return count_limit(LimitKind::kMaxTokensPerRank, config, own, *of_kernel);
  }
  return count_limit(LimitKind::kDispatchCapacity, config, own, 1.0 * *most / ranks);
}

std::optional<BrokenLimit> buffer_limit(const Problem& problem, const Config& config) {
  const auto buffer = largest_buffer(problem, config);
  if (!buffer || buffer->size < buffer->most) return std::nullopt;
  return BrokenLimit{
      .kind = LimitKind::kBuffer, .config = config, .asked = buffer->size, .allowed = buffer->most};
}

std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config) {
  const auto use = memory_use(problem, config);
  if (!use || use->fits()) return std::nullopt;
  return BrokenLimit{.kind = LimitKind::kMemory,
                     .config = config,
                     .asked = use->total(),
                     .allowed = use->capacity};
}

std::optional<BrokenLimit> schedule_limit(const Problem& problem, const Config& config) {
  const int tokens = config.tokens;
  if (config.overlap == Overlap::kDbo && tokens < 2) {
    return count_limit(LimitKind::kDboTokens, config, tokens, 2);
  }
  if (config.chunks > tokens) {
    return count_limit(LimitKind::kChunkTokens, config, config.chunks, tokens);
  }
  if (auto limit = transfer_limit(problem, config)) return limit;
  if (auto limit = buffer_limit(problem, config)) return limit;
  return memory_limit(problem, config);
}

std::optional<BrokenLimit> step_limit(const Workload& workload,
                                      const Config& config,
                                      const StepTimes& step) {
  const auto broken = [&](LimitKind kind, std::optional<Seconds> allowed, Seconds asked) {
    return allowed && asked > *allowed
               ? std::optional(BrokenLimit{
                     .kind = kind, .config = config, .asked = asked, .allowed = *allowed})
               : std::nullopt;
  };
  if (const auto limit = broken(LimitKind::kTpot, workload.slo.tpot, step.tpot)) return limit;
  return step.ttft ? broken(LimitKind::kTtft, workload.slo.ttft, *step.ttft) : std::nullopt;
}

std::vector<BrokenLimit> broken_limits(const Problem& problem, const Config& config) {
  std::vector<BrokenLimit> limits;
  if (const auto limit = width_limit(problem, config)) {
    limits.push_back(*limit);
  }
  if (const auto limit = schedule_limit(problem, config)) limits.push_back(*limit);
  return limits;
}

}  // namespace wideep
