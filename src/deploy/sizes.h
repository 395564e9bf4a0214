#pragma once

#include <optional>
#include <string>

#include "deploy/deployment.h"

namespace wideep {

/// What a role's settings come to, in one meaning for all engines. Nothing where the file does not
/// say; what the engine then takes is for `or_default`.
struct RoleSizes {
  std::optional<int> tp;  ///< vLLM: of each rank; SGLang, TensorRT-LLM: of the instance
  std::optional<int> pp;
  std::optional<int> dp;   ///< ranks of attention data parallelism
  std::optional<int> ep;   ///< P, as stated or as it follows from a flag that switches it on
  std::optional<int> pcp;  ///< prefill context parallelism
  std::optional<int> dcp;
  std::optional<std::string> all2all;     ///< the backend as the file calls it
  std::optional<int> max_batch_per_rank;  ///< requests that run at once on one attention rank
  /// Tokens that a request proposes a step, without the one that is verified: k.
  std::optional<int> draft_tokens;
  std::optional<int> capacity;  ///< tokens of one rank that dispatch is made for, as stated

  // What holds where nothing is said, in the engines' own defaults.
  [[nodiscard]] int tp_or_default() const { return tp.value_or(1); }
  [[nodiscard]] int pp_or_default() const { return pp.value_or(1); }
  [[nodiscard]] int dp_or_default() const { return dp.value_or(1); }
  [[nodiscard]] int drafts_or_default() const { return draft_tokens.value_or(0); }
};

/// Sources: engines' own arguments, by engine in sizes.cpp. docs/check.md#sizes
RoleSizes sizes_of(const DeployedRole& role);

/// GPUs that the engine's ranks make: vLLM TP PP PCP DP, SGLang and TensorRT-LLM TP PP; nothing
/// where a size is set to what is not known here.
std::optional<int> world_of(const DeployedRole& role);

/// Instances that the file counts, 1 where it does not.
int instances_of(const DeployedRole& role);

/// Groups of ranks that serve requests of their own in one instance: vLLM's data parallelism,
/// SGLang's and TensorRT-LLM's of attention; 1 where nothing is said.
int attention_groups(const DeployedRole& role);

/// Copies of experts beside one of each, R: 0 where none are asked for; nothing where that is not
/// known. TensorRT-LLM states all of them: of it only with the model's `experts`.
std::optional<int> redundant_experts(const DeployedRole& role, std::optional<int> experts = {});

/// Ranks that share the experts: as stated, or as they follow from the sizes (vLLM TP PCP DP with
/// --enable-expert-parallel, SGLang TP with an all-to-all), 1 where experts are not spread.
std::optional<int> ep_width_of(const DeployedRole& role);

/// Whether a role says anything of how it runs experts: P > 1.
bool spreads_experts(const DeployedRole& role);

}  // namespace wideep
