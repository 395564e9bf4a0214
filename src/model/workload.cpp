#include "model/workload.h"

#include <algorithm>
#include <cstdint>

namespace wideep {

int tokens_per_rank(const Workload& workload, int ep_width) {
  if (const auto* global = std::get_if<GlobalTokens>(&workload.traffic.tokens)) {
    return global->tokens / ep_width + (global->tokens % ep_width == 0 ? 0 : 1);
  }
  const auto& of_rank = std::get<TokensPerRank>(workload.traffic.tokens);
  return (of_rank.tokens + of_rank.ranks - 1) / of_rank.ranks;
}

int tokens_per_group(const Workload& workload, const Config& config) {
  const int ranks = config.attention.ranks;
  if (const auto* global = std::get_if<GlobalTokens>(&workload.traffic.tokens)) {
    const auto all = static_cast<std::int64_t>(global->tokens) * ranks;
    return static_cast<int>((all + config.gpus() - 1) / config.gpus());
  }
  const auto& of_rank = std::get<TokensPerRank>(workload.traffic.tokens);
  const auto all = static_cast<std::int64_t>(of_rank.tokens) * ranks;
  return static_cast<int>((all + of_rank.ranks - 1) / of_rank.ranks);
}

double routed_per_token(const Workload& workload, const Config& config) {
  const double share = 1.0 * config.expert_ranks / config.attention.ranks;
  const double top_k = workload.model.top_k * share;
  const auto* per_rank = std::get_if<TokensPerRank>(&workload.traffic.tokens);
  const bool shared = per_rank != nullptr && per_rank->expert_load == ExpertLoad::kSharedByRanks;
  return shared ? top_k / config.gpus() : top_k;
}

double requests_per_token(const Traffic& traffic) {
  const double own = traffic.prompts ? 1.0 - traffic.prompts->share : 1.0;
  return own / (1.0 + traffic.drafting.tokens);
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
