#include "model/prediction.h"

#include "model/layer_costs.h"

namespace wideep {

Prediction predict(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  const LayerCosts costs =
      layer_costs(workload, problem.fabric.kernels[config.kernel], config.ep_width);
  const double tokens = tokens_per_rank(workload, config.ep_width);

  Prediction result;
  result.config = config;
  result.tokens = tokens;
  result.routed_tokens = tokens * routed_per_token(workload, config.ep_width);
  if (config.overlap == Overlap::kDbo) result.split = config.first_tokens / tokens;

  result.layer = layer_time(costs, tokens, config, problem.space.timing);
  result.scheduled = layer_time(costs, tokens, config, Timing::kSchedule);
  result.busy = busy_times(costs, tokens, config, problem.space.timing);
  result.dispatch = costs.dispatch.time(tokens);
  result.combine = costs.combine.time(tokens);
  result.comm = costs.comm_time(tokens);
  result.expert = costs.expert_time(tokens);
  result.no_overlap = no_overlap_time(costs, tokens);
  result.dbo_bound = dbo_bound(costs, tokens);

  result.step = workload.moe_layers * result.layer + workload.other_step_time;
  result.tokens_per_gpu_per_second = tokens / (result.step / unit::s);

  result.off_domain_share =
      off_domain_fraction(workload, problem.fabric.gpus_per_domain, config.ep_width);
  result.dispatch_volume = tokens * costs.dispatch_per_token;
  result.layer_volume = tokens * (costs.dispatch_per_token + costs.combine_per_token);
  result.off_domain_volume = result.off_domain_share * result.layer_volume;
  result.chunk = result.dispatch_volume / config.chunks;
  return result;
}

}  // namespace wideep
