#pragma once

#include <optional>
#include <variant>

#include "units/quantity.h"

namespace wideep {

/// How many routed tokens a rank computes when the batch is given per rank. docs/model.md#tokens
enum class ExpertLoad {
  kSharedByRanks,  ///< `T*k/P`: r = T k / P, where T is in truth the group's total
  kPerRank         ///< `T*k`: r = T k, what P ranks that emit T tokens each receive on average
};

/// T, the same on every rank.
struct TokensPerRank {
  int tokens = 1;
  ExpertLoad expert_load = ExpertLoad::kSharedByRanks;
  bool stated = false;  ///< expert_load was given, not defaulted
};

/// G, shared by the whole EP group: T = ceil(G / P) and r = T k.
struct GlobalTokens {
  int tokens = 1;
};

/// The MoE layers of a model and the traffic through them in one step.
struct Workload {
  int hidden_size = 1;          ///< d: elements of one token's activation on the wire
  int top_k = 1;                ///< k: experts per token
  std::optional<int> experts;   ///< E: routed experts; unknown: any width divides them
  int redundant_experts = 0;    ///< replicas, so that E + redundant slots are placed
  Bytes dispatch_element{1.0};  ///< s of dispatch: bytes per element, scales included
  Bytes combine_element{1.0};   ///< s of combine
  std::variant<TokensPerRank, GlobalTokens> tokens;
  double straggler_factor = 1.0;              ///< gamma: busiest rank's load over the mean, >= 1
  Seconds expert_time_per_token;              ///< c_tok: per routed token on the critical rank
  std::optional<double> off_domain_fraction;  ///< rho in [0, 1]; unset: max(0, 1 - g/P)
  int moe_layers = 1;
  Seconds other_step_time;            ///< time of a step outside the MoE layers
  std::optional<Seconds> tpot_limit;  ///< slo.tpot: longest step that is acceptable
};

/// T: tokens per step per rank at that EP width; ceil(G/P) when the batch is global.
int tokens_per_rank(const Workload& workload, int ep_width);

/// r / T: routed tokens that a rank computes for each token that a rank emits; k, or k/P under
/// ExpertLoad::kSharedByRanks.
double routed_per_token(const Workload& workload, int ep_width);

/// E + redundant, or nothing where the number of experts is unknown.
std::optional<int> expert_slots(const Workload& workload);

/// rho at that width: as given, else max(0, 1 - g/P), the share of targets outside the sender's
/// domain under uniform routing.
double off_domain_fraction(const Workload& workload, int gpus_per_domain, int ep_width);

}  // namespace wideep
