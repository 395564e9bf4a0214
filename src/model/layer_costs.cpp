#include "model/layer_costs.h"

namespace wideep {
namespace {

LinkCost link_cost(const LinkPhase& phase, Bytes per_token, int ep_width) {
  if (ep_width == 1) return {};
  return {.latency = phase.latency.at(ep_width),
          .per_token = per_token / (phase.bandwidth.at(ep_width) * phase.efficiency)};
}

}  // namespace

LayerCosts layer_costs(const Workload& workload, const Kernel& kernel, int ep_width) {
  // One rank keeps every copy to itself.
  const double sent_elements =
      ep_width == 1 ? 0.0 : static_cast<double>(workload.top_k) * workload.hidden_size;
  LayerCosts costs;
  costs.dispatch_per_token = sent_elements * workload.dispatch_element;
  costs.combine_per_token = sent_elements * workload.combine_element;
  costs.dispatch = link_cost(kernel.dispatch, costs.dispatch_per_token, ep_width);
  costs.combine = link_cost(kernel.combine, costs.combine_per_token, ep_width);
  costs.expert_per_token = workload.straggler_factor * routed_per_token(workload, ep_width) *
                           workload.expert_time_per_token;
  return costs;
}

}  // namespace wideep
