#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace wideep {

// TensorRT-LLM's rules by topic, which trtllm_rules() puts together.
std::span<const DeploymentRule> trtllm_all2all_rules();
std::span<const DeploymentRule> trtllm_capacity_rules();
std::span<const DeploymentRule> trtllm_forced_rules();
std::span<const DeploymentRule> trtllm_fused_rules();
std::span<const DeploymentRule> trtllm_graph_rules();
std::span<const DeploymentRule> trtllm_key_rules();
std::span<const DeploymentRule> trtllm_transfer_rules();

inline constexpr std::string_view kTrtllmForce = "TRTLLM_FORCE_COMM_METHOD";
inline constexpr std::string_view kTrtllmFactory =
    "tensorrt_llm/_torch/modules/fused_moe/communication/communication_factory.py @03c36d62";
inline constexpr std::string_view kTrtllmArgs = "tensorrt_llm/llmapi/llm_args.py @00043967";

inline constexpr EngineVersion kTrtllmOne{1, 0, 0};
/// From which a factory picks the all-to-all, and reads TRTLLM_FORCE_COMM_METHOD.
inline constexpr EngineVersion kTrtllmFactoryVersion{1, 2, 0};

/// How the ranks of a role are laid out.
struct TrtllmLayout {
  int tp = 1;  ///< ranks of attention
  int pp = 1;
  int ep = 1;      ///< P
  int moe_tp = 1;  ///< ranks that share an expert
  bool attention_dp = false;

  /// Whether the engine looks for an all-to-all at all.
  /// communication_factory.py@03c36d62, create_strategy.
  [[nodiscard]] bool wants_all2all() const { return attention_dp && ep > 1 && moe_tp == 1; }
};

/// Nothing where a size is not known, or where they do not make a layout. What is not said follows
/// from the rest: mapping.py has experts split over all ranks of attention.
std::optional<TrtllmLayout> trtllm_layout(const DeployedRole& role);

/// Tokens that a request has in a decoding step, 1 + k; nothing where the drafts are not known.
std::optional<int> trtllm_tokens_per_request(const DeployedRole& role);

/// Tokens of a rank in its largest decoding step: max_batch_size times those of a request.
std::optional<long long> trtllm_step_tokens(const DeployedRole& role);

/// A count that a role states, from 1 on; nothing where it does not, or beyond what any has.
std::optional<long long> trtllm_count(const DeployedRole& role, std::string_view key);

/// Whether experts run in DeepGEMM's fused kernel, which sends by itself.
bool trtllm_fused(const DeployedRole& role);

/// The method of sending that TRTLLM_FORCE_COMM_METHOD names, in capitals; empty where it is not
/// set, nothing where it is not known.
std::optional<std::string> trtllm_forced(const DeployedRole& role);

/// The same where it is read at all: of a layout that looks for an all-to-all, which is put out.
std::optional<std::string> trtllm_in_force(const RuleContext& context, TrtllmLayout& layout);

/// Leaves the choice to the engine.
Change trtllm_unforce();

/// What makes all ranks of attention share the experts.
std::vector<Change> trtllm_spread_all(const DeployedRole& role, int ranks);

}  // namespace wideep
