#include "model/workload.h"

#include <algorithm>

namespace wideep {

int tokens_per_rank(const Workload& workload, int ep_width) {
  if (const auto* global = std::get_if<GlobalTokens>(&workload.traffic.tokens)) {
    return global->tokens / ep_width + (global->tokens % ep_width == 0 ? 0 : 1);
  }
  return std::get<TokensPerRank>(workload.traffic.tokens).tokens;
}

double routed_per_token(const Workload& workload, int ep_width) {
  const double top_k = workload.model.top_k;
  const auto* per_rank = std::get_if<TokensPerRank>(&workload.traffic.tokens);
  const bool shared = per_rank != nullptr && per_rank->expert_load == ExpertLoad::kSharedByRanks;
  return shared ? top_k / ep_width : top_k;
}

std::optional<int> expert_slots(const Workload& workload) {
  if (!workload.model.experts) return std::nullopt;
  return *workload.model.experts + workload.serving.redundant_experts;
}

Gate gate_of(const Workload& workload) {
  return {.experts = expert_slots(workload),
          .top_k = workload.model.top_k,
          .groups = workload.model.groups,
          .groups_per_token = workload.model.groups_per_token,
          .routing = workload.traffic.routing};
}

double off_domain_fraction(const Workload& workload, int gpus_per_domain, int ep_width) {
  if (workload.traffic.off_domain_fraction) return *workload.traffic.off_domain_fraction;
  return std::max(0.0, 1.0 - static_cast<double>(gpus_per_domain) / ep_width);
}

}  // namespace wideep
