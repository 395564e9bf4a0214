#include <algorithm>
#include <cctype>

#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

// Beyond any deployment; what is computed of them stays a number.
constexpr long long kTrtllmMostRanks = 20'000;
constexpr long long kTrtllmMostRequests = 1'000'000;
constexpr long long kTrtllmMostCount = 1'000'000'000;

/// A size as stated, 1 or another default where nothing is said; nothing where it is not known.
std::optional<int> trtllm_size(const DeployedRole& role, std::string_view key, int otherwise) {
  const Setting* const stated = flag(role, key);
  if (stated == nullptr || stated->value == "null") return otherwise;
  const std::optional<long long> size = number_in(*stated);
  if (!size || *size < 1 || *size > kTrtllmMostRanks) return std::nullopt;
  return static_cast<int>(*size);
}

std::vector<DeploymentRule> all_trtllm_rules() {
  std::vector<DeploymentRule> rules;
  for (const auto part : {trtllm_all2all_rules(),
                          trtllm_capacity_rules(),
                          trtllm_forced_rules(),
                          trtllm_fused_rules(),
                          trtllm_graph_rules(),
                          trtllm_key_rules(),
                          trtllm_transfer_rules()}) {
    rules.insert(rules.end(), part.begin(), part.end());
  }
  return rules;
}

}  // namespace

std::optional<TrtllmLayout> trtllm_layout(const DeployedRole& role) {
  constexpr int kUnset = 0;
  const auto tp = trtllm_size(role, "tensor_parallel_size", 1);
  const auto pp = trtllm_size(role, "pipeline_parallel_size", 1);
  const auto cp = trtllm_size(role, "context_parallel_size", 1);
  const auto ep = trtllm_size(role, "moe_expert_parallel_size", kUnset);
  const auto moe_tp = trtllm_size(role, "moe_tensor_parallel_size", kUnset);
  const bool unknown = unresolved(role, "enable_attention_dp");
  // With context parallelism experts are spread in ways of their own.
  if (!tp || !pp || !ep || !moe_tp || cp != 1 || unknown) return std::nullopt;
  TrtllmLayout layout{.tp = *tp,
                      .pp = *pp,
                      .ep = *ep,
                      .moe_tp = *moe_tp,
                      .attention_dp = is_on(role, "enable_attention_dp")};
  if (*ep == kUnset) layout.ep = *moe_tp == kUnset ? 1 : *tp / *moe_tp;
  if (*moe_tp == kUnset) layout.moe_tp = *tp / layout.ep;
  if (layout.ep * layout.moe_tp != *tp) return std::nullopt;
  return layout;
}

std::optional<int> trtllm_tokens_per_request(const DeployedRole& role) {
  const Setting* const drafts = flag(role, "speculative_config");
  if (drafts == nullptr || drafts->value == "null") return 1;
  if (flag(role, "speculative_config.draft_len_schedule") != nullptr) return std::nullopt;
  const auto tree = trtllm_size(role, "speculative_config.max_total_draft_tokens", 0);
  if (!tree) return std::nullopt;
  if (*tree > 0) return 1 + *tree;
  const std::optional<int> k = sizes_of(role).draft_tokens;
  if (!k || *k > kTrtllmMostRanks) return std::nullopt;
  // llm_args.py@00043967: PARD fills its place with masks, 2 k tokens in all.
  return flag_text(role, "speculative_config.decoding_type") == "PARD" ? 2 * *k : 1 + *k;
}

std::optional<long long> trtllm_step_tokens(const DeployedRole& role) {
  const std::optional<int> batch = sizes_of(role).max_batch_per_rank;
  const std::optional<int> tokens = trtllm_tokens_per_request(role);
  if (!batch || !tokens || *batch > kTrtllmMostRequests) return std::nullopt;
  return static_cast<long long>(*batch) * *tokens;
}

std::optional<long long> trtllm_count(const DeployedRole& role, std::string_view key) {
  const std::optional<long long> count = flag_number(role, key);
  return count && *count >= 1 && *count <= kTrtllmMostCount ? count : std::nullopt;
}

bool trtllm_fused(const DeployedRole& role) {
  return flag_text(role, "moe_config.backend") == "MEGAMOE_DEEPGEMM";
}

std::optional<std::string> trtllm_forced(const DeployedRole& role) {
  const Setting* const forced = variable(role, kTrtllmForce);
  if (forced == nullptr) return "";
  if (!forced->value) return std::nullopt;
  std::string method = *forced->value;
  std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return method;
}

std::optional<std::string> trtllm_in_force(const RuleContext& context, TrtllmLayout& layout) {
  const auto known = trtllm_layout(context.role);
  const auto forced = trtllm_forced(context.role);
  if (!known || !forced || trtllm_fused(context.role)) return std::nullopt;
  layout = *known;
  return layout.wants_all2all() ? forced : std::nullopt;
}

Change trtllm_unforce() {
  return remove_variable(kTrtllmForce);
}

std::vector<Change> trtllm_spread_all(const DeployedRole& role, int ranks) {
  std::vector<Change> changes = {set_flag("moe_expert_parallel_size", ranks)};
  if (flag(role, "moe_tensor_parallel_size") != nullptr) {
    changes.push_back(set_flag("moe_tensor_parallel_size", "1"));
  }
  return changes;
}

std::span<const DeploymentRule> trtllm_rules() {
  static const std::vector<DeploymentRule> rules = all_trtllm_rules();
  return rules;
}

}  // namespace wideep
