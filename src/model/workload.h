#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "model/by_width.h"
#include "model/model_summary.h"
#include "model/routing.h"
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

/// What a step does with each sequence.
enum class Phase {
  kDecode,  ///< a token a sequence, which reads the sequence's whole context
  kPrefill  ///< whole prompts: a token attends to half the context on average, read once
};

/// Where figures come from that a workload may state or leave to the GPU's data sheet.
enum class Origin {
  kStated,   ///< in the workload
  kHardware  ///< from the model's shape and the fabric's gpu figures
};

/// Expert compute of one layer on one rank, t = a + N max(w, c0 + c1 n) with n tokens on each of N
/// active experts. With c1 alone it is a time per routed token. docs/model.md#experts
struct ExpertFigures {
  Seconds launch;       ///< a
  Seconds weight_read;  ///< w, per active expert
  Seconds fixed;        ///< c0, per active expert
  Seconds per_token;    ///< c1, per routed token on the critical rank

  /// Whether the number of active experts matters.
  [[nodiscard]] bool per_expert() const {
    return weight_read > Seconds(0.0) || fixed > Seconds(0.0);
  }
};

/// Attention and the other dense work of a layer on one rank:
/// A(T) = fixed + max(weight_read, T compute_per_token) + T per_token. docs/model.md#attention
struct DenseWork {
  Seconds fixed;
  Seconds weight_read;        ///< of projections, shared experts and gate, once a batch
  Seconds compute_per_token;  ///< of the same
  Seconds per_token;          ///< of what each token has to itself: its context

  /// `tokens` >= 0 per rank.
  [[nodiscard]] constexpr Seconds time(double tokens) const {
    return fixed + std::max(weight_read, tokens * compute_per_token) + tokens * per_token;
  }

  /// Whether reading weights takes longer than computing.
  [[nodiscard]] constexpr bool weight_bound(double tokens) const {
    return weight_read > tokens * compute_per_token;
  }
};

/// What a rank does in a step outside its MoE layers. docs/model.md#step
struct StepWork {
  int dense_layers = 0;
  DenseWork dense_layer;  ///< of one: attention and MLP
  DenseWork head;         ///< the output head
  Seconds overhead;       ///< of a step whatever its tokens; `other_step_time` where that is stated
  double efficiency = 1.0;  ///< a step takes 1/efficiency of what its parts do, above 0 up to 1
};

/// Multi-token prediction: each request brings 1 + tokens to a step and leaves with 1 + accepted.
struct Drafting {
  int tokens = 0;         ///< drafted for each request and step; 0: none
  double accepted = 0.0;  ///< of them on average, 0 to tokens
};

/// What the model takes of a GPU's memory. docs/model.md#memory
struct Footprint {
  Bytes slot;        ///< weights of one expert slot, over all its layers
  Bytes replicated;  ///< attention, shared experts, dense layers and gates: on every rank
  Bytes embeddings;  ///< token embeddings and output head: on every rank
  std::optional<Bytes> sequence;  ///< cache of one; unset: no context, or attention is not known
  Bytes per_token;                ///< activations of one token outside the experts
  Bytes per_routed;               ///< of one routed token in the experts
  Bytes logits;                   ///< of one token
  Bytes cache_element{};          ///< of the cache
  int draft_layers = 0;           ///< loaded for drafting
};

/// gamma: the busiest rank's load over the mean, at least 1. docs/model.md#straggler
struct Straggler {
  ByWidth<double> factor = ByWidth<double>::constant(1.0);
  std::optional<ByWidth<double>> p95 = {};  ///< over layers, where counts by layer were given
  /// What one step of evenly chosen experts has, where `factor` is of averages over many steps.
  std::optional<ByWidth<double>> of_one_step = {};
  std::string origin = {};  ///< in words where it was computed; empty where a number was stated
};

/// The MoE layers of a model and the traffic through them in one step.
struct Workload {
  std::string model = {};      ///< its name, where it has one
  int hidden_size = 1;         ///< d: elements of one token's activation on the wire
  int top_k = 1;               ///< k: experts per token
  std::optional<int> experts;  ///< E: routed experts; unknown: any width divides them
  int redundant_experts = 0;   ///< replicas, so that E + redundant slots are placed
  int groups = 1;              ///< g of a group-limited gate; 1: none
  int groups_per_token = 1;    ///< M of g
  Routing routing = Routing::kRandom;
  Bytes dispatch_element{1.0};  ///< s of dispatch: bytes per element, scales included
  Bytes combine_element{1.0};   ///< s of combine
  std::variant<TokensPerRank, GlobalTokens> tokens;
  /// Tokens per rank, drafts included, that buffers of a fixed number of rows are made for; unset:
  /// by the batch. docs/model.md#memory
  std::optional<int> dispatch_capacity = {};
  Straggler straggler;
  double comm_straggler_factor = 1.0;  ///< busiest rank's bytes over the mean, >= 1
  ExpertFigures expert;                ///< per_expert() needs `experts`
  Origin expert_origin = Origin::kStated;
  DenseWork dense;  ///< zero: attention is not counted
  Origin dense_origin = Origin::kStated;
  std::optional<int> context;  ///< tokens that each token attends to
  Phase phase = Phase::kDecode;
  std::optional<double> off_domain_fraction;  ///< rho in [0, 1]; unset: max(0, 1 - g/P)
  int moe_layers = 1;
  StepWork outside;  ///< the MoE layers
  Origin outside_origin = Origin::kStated;
  Drafting drafting;
  std::optional<Footprint> footprint;  ///< unset: the model says too little
  ModelSummary read;                   ///< of the model
  std::optional<Seconds> tpot_limit;   ///< slo.tpot: longest time between a request's tokens
};

/// T: tokens per step per rank at that EP width; ceil(G/P) when the batch is global.
int tokens_per_rank(const Workload& workload, int ep_width);

/// r / T: routed tokens that a rank computes for each token that a rank emits; k, or k/P under
/// ExpertLoad::kSharedByRanks.
double routed_per_token(const Workload& workload, int ep_width);

/// E + redundant, or nothing where the number of experts is unknown.
std::optional<int> expert_slots(const Workload& workload);

/// The gate as the copies of a token see it: over expert slots.
Gate gate_of(const Workload& workload);

/// rho at that width: as given, else max(0, 1 - g/P), the share of targets outside the sender's
/// domain under uniform routing.
double off_domain_fraction(const Workload& workload, int gpus_per_domain, int ep_width);

}  // namespace wideep
