#include "model/layer_costs.h"

#include "model/exchanges.h"
#include "model/hardware.h"
#include "model/unevenness.h"

namespace wideep {
namespace {

/// Bytes of one copy of a token, its header included.
Bytes dispatch_copy(const Workload& workload, const Kernel& kernel) {
  return workload.model.hidden_size * workload.traffic.dispatch_element + kernel.dispatch.header;
}

Bytes combine_copy(const Workload& workload, const Kernel& kernel) {
  return workload.model.hidden_size * workload.traffic.combine_element + kernel.combine.header;
}

/// How the kernel shares out the experts among the GPU's SMs.
struct SharedOut {
  int each = 1;  ///< experts on an SM
  int sms = 1;   ///< that run
};

/// Nothing where experts or SMs are not known.
std::optional<SharedOut> shared_out(const Problem& problem) {
  const auto slots = expert_slots(problem.workload);
  const auto& gpu = problem.fabric.gpu;
  if (!slots || !gpu || !gpu->sms) return std::nullopt;
  const auto up = [](int a, int b) { return (a + b - 1) / b; };
  const int each = up(*slots, *gpu->sms);
  return SharedOut{each, up(*slots, each)};
}

void add_experts(const ExpertGroups& groups, const SharedOut& experts, LinkCost& cost) {
  cost.latency = cost.latency + (experts.each - 1) * groups.latency_each;
  if (experts.each > 1) cost.latency = cost.latency + groups.latency_several;
  cost.per_token = std::max(cost.per_token, groups.token_time / experts.sms);
}

/// `copy`: bytes of each of the `copies` that are sent.
LinkCost link_cost(const Problem& problem,
                   const LinkPhase& phase,
                   const CopyCount& copies,
                   Bytes copy,
                   const Config& config) {
  const int width = config.ep_width;
  if (width == 1) return {};
  const auto experts = phase.experts ? shared_out(problem) : std::nullopt;
  const auto on = [&](BytesPerSecond rate, double count) {
    return count * copy / (rate * phase.efficiency);
  };
  const double inside = phase.scale_out ? copies.inside : copies.total;
  BytesPerSecond scale_up = phase.bandwidth.at(width, config.sms);
  if (experts && phase.experts->per_sm) {
    scale_up = std::min(scale_up, experts->sms * *phase.experts->per_sm);
  }
  Seconds per_token = on(scale_up, inside);
  if (phase.scale_out) {
    per_token = std::max(per_token, on(phase.scale_out->at(width, config.sms), copies.outside));
  }
  LinkCost cost = {.latency = phase.latency.at(width),
                   .per_token = per_token,
                   .floor = phase.floor.at(width),
                   .sm_time = phase.sm_time.at(width),
                   .sm_time_per_token = phase.sm_time_per_token.at(width),
                   .law = phase.law,
                   .law_figures = {phase.law_time.at(width), phase.law_tokens.at(width)}};
  if (experts) add_experts(*phase.experts, *experts, cost);
  // Each rank of an attention group sends its share of the tokens.
  const double ranks = config.attention.ranks;
  cost.per_token = cost.per_token / ranks;
  cost.sm_time_per_token = cost.sm_time_per_token / ranks;
  cost.law_figures.tokens *= ranks;
  return cost;
}

/// The copies of the rank that sends most.
CopyCount copies_of_busiest(const Problem& problem, const Config& config) {
  const double factor = problem.workload.traffic.comm_straggler_factor;
  const CopyCount mean = copies_per_token(problem, config);
  return {.inside = factor * mean.inside,
          .outside = factor * mean.outside,
          .total = factor * mean.total};
}

ExpertCost expert_cost(const Workload& workload,
                       const Config& config,
                       const ExpertFigures& figures) {
  const int ep_width = config.ep_width;
  const double routed = routed_per_token(workload, config);
  const double part = 1.0 / config.expert_ranks;
  ExpertCost cost{
      .launch = figures.launch,
      .weight_read = part * figures.weight_read,
      .fixed = part * figures.fixed,
      .per_token = straggler_factor(workload, config) * part * routed * figures.per_token};
  if (const auto slots = expert_slots(workload); slots && figures.per_expert()) {
    // Top-k at least as large as the slots leaves none idle.
    const double idle = std::max(1e-300, 1.0 - static_cast<double>(workload.model.top_k) / *slots);
    cost.local_experts = static_cast<double>(*slots) / ep_width;
    cost.log_idle = std::log(idle) * routed * ep_width / workload.model.top_k;
    if (workload.traffic.routing == Routing::kBalanced) cost.dealt_per_token = routed;
  }
  return cost;
}

double slowdown(const Fabric& fabric, const Config& config) {
  if (config.ep_width == 1) return 1.0;  // no kernel runs
  const int sms = config.sms;
  // Reports say where the GPU is not known.
  if (!fabric.gpu || !fabric.gpu->sms || sms == 0) return 1.0;
  return static_cast<double>(*fabric.gpu->sms) / (*fabric.gpu->sms - sms);
}

FusedCost fused_cost(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  const FusedFigures& figures = *problem.fabric.kernels[config.kernel].fused;
  const LayerShape shape = layer_shape(workload.model.shape);
  const double hidden = workload.model.hidden_size;
  const double weights = hidden * shape.expert_matrices * shape.expert_size;
  const ExpertFigures expert{.launch = figures.launch + config.ep_width * figures.launch_per_rank,
                             .weight_read = weights * bytes_of(shape.weights) / figures.read,
                             .fixed = Seconds(0.0),
                             .per_token = weights * kPerWeight / figures.rate};
  const double routed = routed_per_token(workload, config);
  const double busiest =
      std::max(straggler_factor(workload, config), workload.traffic.comm_straggler_factor);
  const bool sends = config.ep_width > 1;
  const Bytes copies = sends ? routed * hidden * (kFusedThere + kFusedBack) : Bytes(0.0);
  return {.expert = expert_cost(workload, config, expert),
          .copies_per_token = busiest * copies / figures.bandwidth,
          .exponent = figures.exponent};
}

DownGemm down_gemm(const Problem& problem, const Config& config) {
  const LayerShape shape = layer_shape(problem.workload.model.shape);
  const int slots = expert_slots(problem.workload).value_or(config.ep_width);
  const auto& gpu = problem.fabric.gpu;
  return {.share = 1.0 / shape.expert_matrices,
          .signals_on_sm100 = shape.weights == WeightType::kNvfp4,
          .experts = std::max(1, slots / config.ep_width),
          .gpu_sms = gpu ? gpu->sms.value_or(0) : 0};
}

/// What does not depend on the SMs that the kernel holds.
LayerCosts without_links(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  // One rank keeps every copy to itself.
  const double copies =
      config.ep_width == 1 ? 0.0 : 1.0 * workload.model.top_k / config.attention.ranks;
  LayerCosts costs{.dispatch = {},
                   .combine = {},
                   .expert = expert_cost(workload, config, workload.figures.expert),
                   .dense = workload.figures.dense,
                   .layers = workload.model.moe_layers,
                   .dispatch_per_token = copies * dispatch_copy(workload, kernel),
                   .combine_per_token = copies * combine_copy(workload, kernel),
                   .schedule = config.schedule,
                   .down = down_gemm(problem, config)};
  costs.add_launches(config.launch_time);
  add_exchanges(problem, config, costs.dense);
  if (config.copies_tokens()) {
    const Bytes row = row_of(workload.model.shape);
    costs.dispatch_per_token = row;
    costs.combine_per_token = row;
  }
  if (kernel.fused) {
    const double hidden = workload.model.hidden_size;
    costs.fused = fused_cost(problem, config);
    costs.dispatch_per_token = copies * hidden * kFusedThere;
    costs.combine_per_token = copies * hidden * kFusedBack;
  }
  return costs;
}

void set_links(const Problem& problem,
               const Config& config,
               const CopyCount& sent,
               LayerCosts& costs) {
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (kernel.fused) return;
  if (config.copies_tokens()) {
    const CopiedLinks links = copied_links(problem, config);
    costs.dispatch = links.before;
    costs.combine = links.after;
    return;
  }
  costs.dispatch =
      link_cost(problem, kernel.dispatch, sent, dispatch_copy(workload, kernel), config);
  costs.combine = link_cost(problem, kernel.combine, sent, combine_copy(workload, kernel), config);
  costs.slowdown = slowdown(problem.fabric, config);
}

}  // namespace

Seconds FusedCost::time(double tokens) const {
  const auto of = parts(tokens);
  const Seconds longest = std::max({of[0], of[1], of[2]});
  if (longest == Seconds(0.0)) return expert.launch;
  double sum = 0.0;  // of shares, so that no power overflows
  for (const Seconds part : of) sum += std::pow(part / longest, exponent);
  return expert.launch + std::pow(sum, 1.0 / exponent) * longest;
}

CopyCount copies_per_token(const Problem& problem, const Config& config) {
  const int domain = problem.fabric.gpus_per_domain;
  return copy_count(
      problem.fabric.kernels[config.kernel].copies,
      gate_of(problem.workload),
      {.ep_width = config.ep_width,
       .gpus_per_domain = domain,
       .off_domain_share = off_domain_fraction(problem.workload, domain, config.ep_width)});
}

LayerCosts layer_costs(const Problem& problem, const Config& config) {
  LayerCosts costs = without_links(problem, config);
  set_links(problem, config, copies_of_busiest(problem, config), costs);
  return costs;
}

std::vector<LayerCosts> sm_choices(const Problem& problem, Config config) {
  std::vector<int> counts = problem.fabric.kernels[config.kernel].sms;
  if (counts.empty()) counts = {config.sms};
  const CopyCount sent = copies_of_busiest(problem, config);
  std::vector<LayerCosts> choices(counts.size(), without_links(problem, config));
  for (std::size_t at = 0; at < counts.size(); ++at) {
    config.sms = counts[at];
    set_links(problem, config, sent, choices[at]);
  }
  return choices;
}

}  // namespace wideep
