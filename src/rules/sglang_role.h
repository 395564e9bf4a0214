#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace wideep {

/// What SGLang makes of a role's words before it starts. Nothing where the file does not tell.
struct SglangRole {
  bool sizes_known = false;  ///< no size of it is set to what is not known
  int tp = 1;                ///< ranks of the instance over pp
  int pp = 1;
  int dp = 1;       ///< ranks of DP attention; 1 where it is off, whatever dp-size says
  int cp = 1;       ///< attention context parallelism
  int dcp = 1;      ///< decode context parallelism
  int attn_tp = 1;  ///< ranks that share a token's attention
  std::optional<std::string> all2all{};  ///< "none" where nothing is said
  std::optional<std::string> runner{};   ///< of experts, "auto" where nothing is said
  std::optional<std::string> quantization{};
  std::optional<std::string> algorithm{};   ///< of speculation, in capitals; NEXTN is EAGLE
  std::optional<int> tokens_per_request{};  ///< of a decode step, the verified one with them
  std::optional<int> pool{};                ///< requests that one rank runs at most
  const Setting* graph_at = nullptr;        ///< what says how large decode graphs are
  std::optional<int> graph{};               ///< requests of the largest one
  bool graphs_off = false;                  ///< of decode, by the file
  std::optional<int> chunk{};               ///< prefill tokens of one rank; 0: not chunked
};

SglangRole sglang_role(const DeployedRole& role);

/// Whether one of those is set to what is not known here.
bool any_unresolved(const DeployedRole& role, std::initializer_list<std::string_view> keys);

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words);

/// The decode role that a prefill role hands over to, or the other way round; null where there is
/// none of the same engine.
const DeployedRole* other_half(const RuleContext& context);

/// Requests that one instance, or one of so many ranks of it, gets at once at the highest load of
/// the benchmark in the file; nothing where there is none.
std::optional<long long> offered_requests(const RuleContext& context);
std::optional<long long> offered_per_rank(const RuleContext& context, int ranks);

/// Tokens per rank that a dispatch is made for: as its variable says, else the default. Nothing
/// where it is set to what is not known, or to 0, as images do that send by another way.
std::optional<int> sglang_capacity(const DeployedRole& role, std::string_view key, int otherwise);

/// What makes decode graphs as large as that, where one number says how large they are.
std::vector<Change> graphs_up_to(const SglangRole& role, long long requests);

// The rules of SGLang by topic; sglang_rules() is all of them.
std::span<const DeploymentRule> sglang_size_rules();
std::span<const DeploymentRule> sglang_context_rules();
std::span<const DeploymentRule> sglang_runner_rules();
std::span<const DeploymentRule> sglang_all2all_rules();
std::span<const DeploymentRule> sglang_fused_rules();
std::span<const DeploymentRule> sglang_capacity_rules();
std::span<const DeploymentRule> sglang_elastic_rules();
std::span<const DeploymentRule> sglang_prefill_capacity_rules();
std::span<const DeploymentRule> sglang_deepep_rules();
std::span<const DeploymentRule> sglang_overlap_rules();
std::span<const DeploymentRule> sglang_expert_rules();
std::span<const DeploymentRule> sglang_attention_rules();
std::span<const DeploymentRule> sglang_cache_rules();
std::span<const DeploymentRule> sglang_speculation_rules();
std::span<const DeploymentRule> sglang_graph_rules();
std::span<const DeploymentRule> sglang_pair_rules();
std::span<const DeploymentRule> sglang_transfer_rules();
std::span<const DeploymentRule> sglang_name_rules();

}  // namespace wideep
