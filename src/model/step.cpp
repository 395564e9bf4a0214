#include "model/step.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

/// Everything but the MoE layers, before efficiency.
StepTimes outside_times(const Workload& workload, double tokens) {
  const StepWork& outside = workload.figures.outside;
  StepTimes times;
  const Seconds reduced = exchange_time(outside.reduced, tokens);
  times.dense_layers =
      outside.dense_layers * (outside.dense_layer.time(tokens) + reduced + reduced);
  times.head = (1.0 + workload.traffic.drafting.tokens) *
               (outside.head.time(tokens) + outside.logits.time(tokens));
  times.overhead = outside.overhead;
  return times;
}

double layers_of(const Workload& workload) {
  return workload.model.moe_layers + workload.traffic.drafting.tokens;
}

}  // namespace

double efficiency_in_force(const Workload& workload) {
  const StepWork& outside = workload.figures.outside;
  return workload.figures.one_group ? outside.group_efficiency.value_or(outside.efficiency)
                                    : outside.efficiency;
}

StepTimes step_times(const Workload& workload, double tokens, Seconds layer) {
  const Drafting& drafting = workload.traffic.drafting;
  StepTimes times = outside_times(workload, tokens);
  times.moe_layers = layers_of(workload) * layer;
  const Seconds parts = times.moe_layers + times.dense_layers + times.head + times.overhead;
  times.total = parts / efficiency_in_force(workload);
  times.lost = times.total - parts;
  times.tpot = times.total / (1.0 + drafting.accepted);
  const double own = tokens / workload.figures.attention.ranks;
  const double left = workload.traffic.phase == Phase::kDecode
                          ? own * requests_per_token(workload.traffic) * (1.0 + drafting.accepted)
                          : own;
  times.tokens_per_gpu_per_second = left / (times.total / unit::s);
  if (workload.traffic.phase == Phase::kPrefill && workload.traffic.context) {
    times.ttft = steps_of_prompt(workload, tokens) * times.total;
  }
  return times;
}

const Objective kTimePerToken{
    "time_per_token", [](const Workload& workload, const Config& config) {
      const StepTimes times = outside_times(workload, config.tokens);
      const double left =
          efficiency_in_force(workload) * (1.0 + workload.traffic.drafting.accepted);
      const Seconds outside = times.dense_layers + times.head + times.overhead;
      return CostLine{.fixed = outside.base() / left, .per_second = layers_of(workload) / left};
    }};

const Objective kTokensPerGpu{
    "tokens_per_gpu", [](const Workload& workload, const Config& config) {
      const CostLine tpot = kTimePerToken.line(workload, config);
      const double requests = config.tokens_per_gpu() * requests_per_token(workload.traffic);
      return CostLine{.fixed = tpot.fixed / requests, .per_second = tpot.per_second / requests};
    }};

int steps_of_prompt(const Workload& workload, double tokens) {
  const Traffic& traffic = workload.traffic;
  return static_cast<int>(
      std::ceil((traffic.context.value_or(1) - traffic.cached_tokens) / tokens));
}

std::optional<Seconds> longest_step(const Workload& workload, double tokens) {
  const auto& [tpot, ttft] = workload.slo;
  std::optional<Seconds> longest;
  if (tpot) longest = *tpot * (1.0 + workload.traffic.drafting.accepted);
  if (ttft && workload.traffic.phase == Phase::kPrefill) {
    const Seconds of_prompt = *ttft / steps_of_prompt(workload, tokens);
    longest = longest ? std::min(*longest, of_prompt) : of_prompt;
  }
  return longest;
}

std::optional<Seconds> longest_layer(const Workload& workload, double tokens) {
  const std::optional<Seconds> step = longest_step(workload, tokens);
  if (!step) return std::nullopt;
  const StepTimes times = outside_times(workload, tokens);
  const Seconds allowed = *step * efficiency_in_force(workload);
  return (allowed - times.dense_layers - times.head - times.overhead) / layers_of(workload);
}

}  // namespace wideep
