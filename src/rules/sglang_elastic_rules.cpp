// Tokens of one rank in prefill and decode, against what deepep_v2 is made for in SGLang.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kElastic = "SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK";

/// environ.py.
constexpr int kDefaultElasticTokens = 128;

/// memory_hook.py@031ed82d: requests of the largest decode graph on GPUs of 60 GiB and more, by
/// tp-size.
constexpr int kDefaultGraph = 512;
constexpr int kDefaultGraphOfFew = 256;
constexpr int kFewRanks = 4;

/// moe_hook.py@003b6ade, validate_deepep_v2_dispatch_token_budget: decode.
void v2_decode(const RuleContext& context, const SglangRole& role, std::vector<RuleCase>& cases) {
  const std::optional<int> capacity =
      sglang_capacity(context.role, kElastic, kDefaultElasticTokens);
  if (context.role.kind == RoleKind::kPrefill || role.graphs_off || !role.tokens_per_request) {
    return;
  }
  if (unresolved(context.role, "max-running-requests") || !capacity) return;
  if (role.graph_at != nullptr && !role.graph) return;
  if (!role.graph && context.machine == nullptr) return;
  int requests = role.graph.value_or(role.tp < kFewRanks ? kDefaultGraphOfFew : kDefaultGraph);
  if (role.pool) requests = std::min(requests, std::max(1, *role.pool));
  const int tokens = requests * *role.tokens_per_request;
  if (tokens <= *capacity) return;
  cases.push_back(
      {.message = fmt::format("a decode graph of {} requests{} is above the {} tokens of one rank "
                              "that deepep_v2 is made for: SGLang refuses to start",
                              requests,
                              tokens == requests ? "" : fmt::format(", {} tokens,", tokens),
                              *capacity),
       .at =
           role.graph_at != nullptr ? role.graph_at->at : place_of_flag(context, "moe-a2a-backend"),
       .changes = {set_variable(kElastic, tokens)}});
}

void v2_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known || role.all2all != "deepep_v2") return;
  const std::optional<int> capacity =
      sglang_capacity(context.role, kElastic, kDefaultElasticTokens);
  const bool grows = role.pp > 1 && is_on(context.role, "enable-dynamic-chunking");
  if (context.role.kind != RoleKind::kDecode && role.chunk && capacity && !grows) {
    const bool chunked = *role.chunk > 0;
    const long long tokens =
        chunked ? *role.chunk : flag_number(context.role, "max-prefill-tokens").value_or(0);
    if (tokens > *capacity) {
      cases.push_back(
          {.message = fmt::format("prefill runs up to {} tokens of one rank at once, above the {} "
                                  "that deepep_v2 is made for: SGLang refuses to start",
                                  tokens,
                                  *capacity),
           .at = place_of_flag(context, chunked ? "chunked-prefill-size" : "max-prefill-tokens"),
           .changes = {set_variable(kElastic, tokens)}});
      return;
    }
  }
  v2_decode(context, role, cases);
}

constexpr std::array kElasticRules = {DeploymentRule{
    .name = "sgl-v2-capacity",
    .grade = Grade::kError,
    .what = "deepep_v2 is made for so many tokens of each rank, 128 unless its variable says "
            "otherwise, in prefill as in decode. SGLang compares it at start with a rank's prefill "
            "chunk and with its largest decode graph.",
    .fix = "SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK for the larger of the two",
    .proof = Proof::kRead,
    .source = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade "
              "(validate_deepep_v2_dispatch_token_budget)",
    .versions = "those with deepep_v2",
    .find = v2_capacity}};

}  // namespace

std::span<const DeploymentRule> sglang_elastic_rules() {
  return kElasticRules;
}

}  // namespace wideep
