#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/config.h"
#include "model/model_shape.h"
#include "model/model_summary.h"
#include "model/routing.h"
#include "model/straggler.h"
#include "model/work.h"
#include "units/quantity.h"

namespace wideep {

/// The model that is served: what every formula needs of its MoE layers, and its whole shape.
struct Model {
  std::string name = {};       ///< where it has one
  int hidden_size = 1;         ///< d: elements of one token's activation on the wire
  int top_k = 1;               ///< k: experts per token
  std::optional<int> experts;  ///< E: routed experts; unknown: any width divides them
  int groups = 1;              ///< g of a group-limited gate; 1: none
  int groups_per_token = 1;    ///< M of g
  int moe_layers = 1;
  ModelShape shape;
};

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
  int ranks = 1;        ///< that have so many together: T = tokens / ranks, of an attention group
                        ///< rounded up
};

/// G, shared by the whole EP group: T = ceil(G / P) and r = T k.
struct GlobalTokens {
  int tokens = 1;
};

/// The largest batch that input takes, of one rank or of a group.
inline constexpr int kLargestBatch = 16'777'216;

/// A batch that is to be chosen: T of each GPU, both ends included.
struct TokenRange {
  std::optional<int> least = {};  ///< unset: one request in an attention group
  int most = kLargestBatch;
};

/// Multi-token prediction: each request brings 1 + tokens to a step and leaves with 1 + accepted.
struct Drafting {
  int tokens = 0;         ///< drafted for each request and step; 0: none
  double accepted = 0.0;  ///< of them on average, 0 to tokens
  /// Of the first 1, 2, ... that are drafted, those accepted on average; empty: only that depth is
  /// known.
  std::vector<double> by_depth = {};
};

/// Chunks of prompts that decode steps take with them (chunked prefill), where one deployment does
/// both. docs/planning.md#aggregated
struct ChunkedPrompts {
  double share = 0.0;     ///< of a step's tokens, 0 to below 1
  int context = 1;        ///< tokens of a prompt
  int cached_tokens = 0;  ///< of these, that are in the cache before, below context
};

/// What a step brings, and how it travels.
struct Traffic {
  std::variant<TokensPerRank, GlobalTokens> tokens;  ///< the most where they are chosen
  std::optional<TokenRange> choice = {};  ///< from which T is chosen; unset: it is stated
  Phase phase = Phase::kDecode;
  std::optional<int> context;  ///< tokens that each token attends to
  int cached_tokens = 0;  ///< prefill: of a prompt, that are in the cache before, below context
  std::optional<ChunkedPrompts> prompts = {};  ///< in decode steps; unset: none
  Drafting drafting;
  Routing routing = Routing::kRandom;
  Straggler straggler;
  double comm_straggler_factor = 1.0;         ///< busiest rank's bytes over the mean, >= 1
  Bytes dispatch_element{1.0};                ///< s of dispatch: bytes per element, scales included
  Bytes combine_element{1.0};                 ///< s of combine
  std::optional<double> off_domain_fraction;  ///< rho in [0, 1]; unset: max(0, 1 - g/P)
};

/// How it is served, as far as the search does not choose.
struct Serving {
  int redundant_experts = 0;       ///< replicas, so that E + redundant slots are placed
  bool chooses_redundant = false;  ///< how many is left to the search, by width
  /// Tokens per rank, drafts included, that buffers of a fixed number of rows are made for; unset:
  /// by the batch. docs/model.md#memory
  std::optional<int> dispatch_capacity = {};
};

/// Figures that a workload states in place of what the model's shape and the GPU give. Each
/// replaces that one figure and nothing else.
struct StatedFigures {
  std::optional<ExpertFigures> expert = {};
  std::optional<DenseWork> dense = {};
  std::optional<Seconds> step_overhead = {};
  std::optional<double> serving_efficiency = {};
};

/// Where figures come from that a workload may state or leave to the GPU's data sheet.
enum class Origin {
  kStated,   ///< in the workload
  kHardware  ///< from the model's shape and the fabric's gpu figures
};

/// Where a figure of serving comes from: the first of these that has it.
enum class ServingOrigin {
  kStated,  ///< in the workload
  kFabric,  ///< in the fabric, where a calibration puts it
  kEngine,  ///< of the engine that the workload names
  kDefault  ///< nowhere
};

/// What the parts of a step cost, as figures_of() has it, each with where it is from.
struct Figures {
  Attention attention;     ///< the layout that they are of
  bool one_group = false;  ///< its ranks are all that there are
  std::optional<std::size_t> collectives_of =
      {};                ///< of which kernel; unset: as the fabric has them
  ExpertFigures expert;  ///< per_expert() needs the model's experts
  Origin expert_origin = Origin::kStated;
  DenseParts dense;  ///< zero: attention is not counted
  Origin dense_origin = Origin::kStated;
  StepWork outside;  ///< the MoE layers
  Origin outside_origin = Origin::kStated;
  ServingOrigin efficiency_origin = ServingOrigin::kDefault;  ///< of outside.efficiency
  ServingOrigin overhead_origin = ServingOrigin::kDefault;    ///< of outside.overhead
  std::optional<Footprint> footprint;                         ///< unset: the model says too little
  ModelSummary read;                                          ///< of the model
};

/// What is promised to users.
struct ServiceLevel {
  std::optional<Seconds> tpot = {};  ///< longest time between a request's tokens
  std::optional<Seconds> ttft = {};  ///< prefill: longest time of a prompt's steps
};

/// The MoE layers of a model and the traffic through them in one step.
struct Workload {
  Model model;
  Traffic traffic;
  Serving serving;
  ServiceLevel slo;
  StatedFigures stated;
  Figures figures;
  std::optional<std::string> engine = {};  ///< that serves it, by a word; unset: any
};

/// T as the workload states it where each rank attends to sequences of its own: tokens per step per
/// rank at that EP width; ceil(G/P) when the batch is global.
int tokens_per_rank(const Workload& workload, int ep_width);

/// The same of an attention group of the configuration's layout: t T, or ceil(G t / P).
int tokens_per_group(const Workload& workload, const Config& config);

/// Routed tokens that a rank computes, whole or a part of each, for every token of its attention
/// group: k m / t, of which r / T = k is the case of none of both; a Pth of it under
/// ExpertLoad::kSharedByRanks.
double routed_per_token(const Workload& workload, const Config& config);

/// Requests that a token of a step stands for at decode: 1 / (1 + drafted), times the share of
/// tokens that are not of prompts.
double requests_per_token(const Traffic& traffic);

/// By which phase's rules engines run a step: one with chunks of prompts is as prefill.
constexpr Phase phase_run(const Traffic& traffic) {
  return traffic.prompts ? Phase::kPrefill : traffic.phase;
}

/// E + redundant, or nothing where the number of experts is unknown.
std::optional<int> expert_slots(const Workload& workload);

/// The gate as the copies of a token see it: over expert slots.
Gate gate_of(const Workload& workload);

/// rho at that width: as given, else max(0, 1 - g/P), the share of targets outside the sender's
/// domain under uniform routing.
double off_domain_fraction(const Workload& workload, int gpus_per_domain, int ep_width);

}  // namespace wideep
