#include "model/prediction.h"

#include "model/layer_costs.h"
#include "model/placed.h"
#include "model/unevenness.h"

namespace wideep {
namespace {

void set_volumes(const Problem& problem, const LayerCosts& costs, Prediction& result) {
  const Bytes both = costs.dispatch_per_token + costs.combine_per_token;
  const double tokens = result.config.tokens;
  result.dispatch_volume = tokens * costs.dispatch_per_token;
  result.layer_volume = tokens * both;
  result.chunk = result.dispatch_volume / result.config.chunks;
  if (result.is_copied()) {
    result.sent_volume = result.layer_volume;
    return;
  }
  const CopyCount copies = copies_per_token(problem, result.config);
  const Bytes one_copy = both / problem.workload.model.top_k;
  result.off_domain_share =
      off_domain_fraction(problem.workload, problem.fabric.gpus_per_domain, result.config.ep_width);
  result.off_domain_volume = result.off_domain_share * result.layer_volume;
  const bool two_tiers =
      problem.fabric.kernels[result.config.kernel].dispatch.scale_out.has_value();
  const double sent = two_tiers ? copies.inside + copies.outside : copies.total;
  result.sent_volume = tokens * sent * one_copy;
  result.sent_off_domain = tokens * copies.outside * one_copy;
}

}  // namespace

Prediction predict(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  if (!is_placed(problem, config)) return predict(placed(problem, config), config);
  const LayerCosts costs = layer_costs(problem, config);
  const double tokens = config.tokens;

  Prediction result;
  result.config = config;
  result.tokens = config.tokens_per_gpu();
  result.routed_tokens = tokens * routed_per_token(workload, config);
  if (config.overlap == Overlap::kDbo) result.split = config.first_tokens / tokens;
  result.straggler_factor = straggler_factor(workload, config);
  result.active_experts = costs.expert.active(tokens);
  result.slowdown = costs.slowdown;

  result.layer = layer_time(costs, config, problem.space.timing);
  result.scheduled = layer_time(costs, config, Timing::kSchedule);
  result.exposed = exposed_times(costs, config, problem.space.timing);
  result.busy = busy_times(costs, config, problem.space.timing);
  result.launches = config.launch_time;
  result.attention = workload.figures.dense.time(tokens);
  if (result.is_fused()) {
    result.bound = fused_bound(costs, tokens);
  } else {
    result.dispatch = costs.dispatch.time(tokens);
    result.combine = costs.combine.time(tokens);
    result.comm = costs.comm_time(tokens);
    result.expert = costs.expert.time(tokens);
    result.no_overlap = no_overlap_time(costs, tokens);
    result.bound = result.is_copied() ? result.no_overlap : dbo_bound(costs, tokens);
  }

  result.step = step_times(workload, tokens, result.layer);
  result.memory = memory_use(problem, config);
  set_volumes(problem, costs, result);
  return result;
}

}  // namespace wideep
