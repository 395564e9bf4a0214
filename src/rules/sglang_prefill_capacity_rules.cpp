// Tokens that MegaMoE, MORI, pplx and FlashInfer's all-to-all are made for in SGLang.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

struct Capacity {
  std::string_view key;
  bool is_flag = false;
  std::optional<long long> tokens{};
};

constexpr std::string_view kMegaVariable = "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK";
constexpr std::string_view kMegaFlag = "flashinfer-megamoe-max-num-tokens";

/// environ.py: 8,192 in later releases, 1,024 in earlier ones. The larger of them, to be sure.
constexpr int kDefaultMegaTokens = 8192;

/// environ.py: MORI's; pplx's; FlashInfer's.
constexpr int kDefaultMoriTokens = 4096;
constexpr int kDefaultPplxTokens = 128;
constexpr int kDefaultFlashinferTokens = 1024;

/// fields/schedule.py@001b8862: max-prefill-tokens, which ranks do not share out.
constexpr long long kDefaultPrefillTokens = 16384;

long long up_to_multiple(long long number, int of) {
  return (number + of - 1) / of * of;
}

/// Nothing where it is not known, or left to a default of the runner.
Capacity mega_capacity(const DeployedRole& role, const SglangRole& read) {
  if (read.runner == "flashinfer_megamoe") {
    return {.key = kMegaFlag, .is_flag = true, .tokens = flag_number(role, kMegaFlag)};
  }
  const std::optional<int> tokens = sglang_capacity(role, kMegaVariable, kDefaultMegaTokens);
  return {.key = kMegaVariable, .is_flag = false, .tokens = tokens};
}

Change raised(const Capacity& capacity, long long tokens) {
  return capacity.is_flag ? set_flag(capacity.key, tokens) : set_variable(capacity.key, tokens);
}

/// mega_moe_hook.py@04fa8c01, mega_moe_needs_token_budget: refused instead of another kernel.
bool needs_budget(const RuleContext& context, const SglangRole& role) {
  if (role.quantization == "modelopt_fp4") return true;
  const std::string model = context.model == nullptr ? std::string() : context.model->name;
  return model.starts_with("deepseek-v4") || model.starts_with("qwen3");
}

std::string consequence(bool refused) {
  return refused ? "SGLang refuses to start" : "steps above it run without the fused kernel";
}

void mega_capacity_decode(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "megamoe" || context.role.kind == RoleKind::kPrefill) return;
  const Capacity capacity = mega_capacity(context.role, role);
  if (!capacity.tokens || !role.graph || role.graphs_off || !role.tokens_per_request) return;
  const int each = *role.tokens_per_request;
  const long long tokens = static_cast<long long>(*role.graph) * each;
  if (tokens <= *capacity.tokens) return;
  const bool refused = needs_budget(context, role);
  std::string graph = fmt::format("a decode graph of {} requests", *role.graph);
  if (each > 1) graph += fmt::format(" with {} tokens each, {} tokens,", each, tokens);
  RuleCase found{
      .message = fmt::format("{} is above the {} that MegaMoE is made for on one rank: {}",
                             graph,
                             *capacity.tokens,
                             consequence(refused)),
      .at = role.graph_at->at,
      .changes = {raised(capacity, tokens)}};
  // Graphs of what a rank runs may be small enough.
  const bool runs_fewer = role.pool && *role.pool > 0 && *role.pool < *role.graph;
  if (runs_fewer && static_cast<long long>(*role.pool) * each <= *capacity.tokens) {
    const std::vector<Change> smaller = graphs_up_to(role, *role.pool);
    if (!smaller.empty()) found.changes = smaller;
  }
  if (!refused) found.grade = Grade::kWarning;
  cases.push_back(found);
}

/// The tokens of a rank as the check counts them.
long long mega_prefill_tokens(const RuleContext& context, const SglangRole& role) {
  if (is_on(context.role, "enable-prefill-cp")) {
    const long long all = static_cast<long long>(*role.chunk) * role.dp;
    return up_to_multiple(all, role.cp) / role.cp;
  }
  return up_to_multiple(*role.chunk, role.attn_tp);
}

void mega_capacity_prefill(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "megamoe" || context.role.kind == RoleKind::kDecode) return;
  if (!role.sizes_known || !role.chunk) return;
  if (role.pp > 1 && is_on(context.role, "enable-dynamic-chunking")) return;
  const Capacity capacity = mega_capacity(context.role, role);
  if (!capacity.tokens) return;
  const bool refused = needs_budget(context, role);
  RuleCase found{.message = {}, .at = place_of_flag(context, "chunked-prefill-size")};
  if (!refused) found.grade = Grade::kWarning;
  if (*role.chunk == 0) {
    found.message = fmt::format(
        "prompts without chunks have no bound, and MegaMoE is made for {} tokens of one rank: {}",
        *capacity.tokens,
        consequence(refused));
    found.changes = {set_flag("chunked-prefill-size", *capacity.tokens * role.dp)};
    cases.push_back(found);
    return;
  }
  const long long tokens = mega_prefill_tokens(context, role);
  if (tokens <= *capacity.tokens) return;
  found.message = fmt::format(
      "prefill runs {} tokens of one rank at once, above the {} that MegaMoE is made for: {}",
      tokens,
      *capacity.tokens,
      consequence(refused));
  found.changes = {raised(capacity, tokens)};
  cases.push_back(found);
}

void mori_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "mori" || context.role.kind == RoleKind::kDecode || !role.sizes_known) return;
  const std::optional<int> capacity = sglang_capacity(context.role, kVariable, kDefaultMoriTokens);
  if (!capacity || !role.chunk || *role.chunk <= *capacity) return;
  cases.push_back({.message = fmt::format("prefill runs {} tokens of one rank at once, above the "
                                          "{} that MORI is made for: SGLang asserts at start",
                                          *role.chunk,
                                          *capacity),
                   .at = place_of_flag(context, "chunked-prefill-size"),
                   .changes = {set_variable(kVariable, *role.chunk)}});
}

/// moe_hook.py@003b6ade: graphs count only where the flag of the phase says how large they are.
void pplx_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_PPLX_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "pplx" || context.role.kind == RoleKind::kDecode || !role.sizes_known) return;
  const std::optional<int> capacity = sglang_capacity(context.role, kVariable, kDefaultPplxTokens);
  if (!capacity || !role.chunk || *role.chunk == 0) return;
  const bool named = flag(context.role, "cuda-graph-max-bs-decode") != nullptr ||
                     flag(context.role, "cuda-graph-max-bs") != nullptr;
  const int graph = named ? role.graph.value_or(0) : 0;
  const int tokens = std::max(*role.chunk, graph);
  if (tokens <= *capacity) return;
  cases.push_back(
      {.message = fmt::format("a rank sends up to {} tokens at once, above the {} that pplx is "
                              "made for: SGLang asserts at start",
                              tokens,
                              *capacity),
       .at = tokens == graph ? role.graph_at->at : place_of_flag(context, "chunked-prefill-size"),
       .changes = {set_variable(kVariable, tokens)}});
}

/// moe_hook.py@003b6ade, validate_cutedsl_a2a_token_budget.
void fi_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_FLASHINFER_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "flashinfer" || role.runner != "flashinfer_cutedsl") return;
  if (context.role.kind == RoleKind::kDecode || !role.sizes_known) return;
  if (unresolved(context.role, "max-prefill-tokens")) return;
  const std::optional<int> capacity =
      sglang_capacity(context.role, kVariable, kDefaultFlashinferTokens);
  const long long prefill =
      flag_number(context.role, "max-prefill-tokens").value_or(kDefaultPrefillTokens);
  if (!capacity || prefill <= 0) return;
  const int each = role.tokens_per_request.value_or(1);
  const long long tokens = std::max(prefill, static_cast<long long>(role.graph.value_or(0)) * each);
  const long long made = static_cast<long long>(*capacity) * role.tp;
  if (tokens <= made) return;
  cases.push_back(
      {.message = fmt::format("{} tokens in one step are above the {} that {} ranks of {} are made "
                              "for: SGLang refuses to start",
                              tokens,
                              made,
                              role.tp,
                              *capacity),
       .at = place_of_flag(context, "max-prefill-tokens"),
       .changes = {set_variable(kVariable, up_to_multiple(tokens, role.tp) / role.tp)}});
}

constexpr std::string_view kPrefillCapacityMegaHook =
    "python/sglang/srt/arg_groups/mega_moe_hook.py @04fa8c01";
constexpr std::string_view kPrefillCapacityMoeHook =
    "python/sglang/srt/arg_groups/moe_hook.py @003b6ade";

constexpr std::array kPrefillCapacityRules = {
    DeploymentRule{
        .name = "sgl-mega-capacity-decode",
        .grade = Grade::kError,
        .what = "MegaMoE's buffers are made for so many tokens of each rank. The largest decode "
                "graph, as it is written and whatever max-running-requests is, times the tokens of "
                "each request must not be above it: SGLang refuses to start where no other kernel "
                "can run the step, and runs a slower one elsewhere.",
        .fix = "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK for the largest graph, or a "
               "smaller one",
        .proof = Proof::kRead,
        .source = kPrefillCapacityMegaHook,
        .versions = "those with megamoe",
        .hides = {"sgl-graph-over-pool"},
        .find = mega_capacity_decode},
    DeploymentRule{.name = "sgl-mega-capacity-prefill",
                   .grade = Grade::kError,
                   .what = "MegaMoE's buffers are made for so many tokens of each rank, and a "
                           "rank's share of chunked-prefill-size must not be above it. Prompts "
                           "that are not chunked have no bound and are refused.",
                   .fix = "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK for a rank's "
                          "chunk, or smaller chunks",
                   .proof = Proof::kRead,
                   .source = kPrefillCapacityMegaHook,
                   .versions = "those with megamoe",
                   .find = mega_capacity_prefill},
    DeploymentRule{
        .name = "sgl-mori-capacity",
        .grade = Grade::kError,
        .what =
            "MORI's dispatch is made for 4,096 tokens of each rank unless its variable says "
            "otherwise, and a rank's prefill chunk must not be above it. SGLang asserts at start.",
        .fix = "SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK for a rank's chunk",
        .proof = Proof::kRead,
        .source = kPrefillCapacityMoeHook,
        .versions = "those with mori",
        .find = mori_capacity},
    DeploymentRule{
        .name = "sgl-pplx-capacity",
        .grade = Grade::kError,
        .what = "pplx is made for 128 tokens of each rank unless its variable says otherwise. A "
                "rank's prefill chunk and its largest decode graph must not be above it where "
                "prompts run on the same ranks. SGLang asserts at start.",
        .fix = "SGLANG_PPLX_NUM_MAX_DISPATCH_TOKENS_PER_RANK for the larger of the two",
        .proof = Proof::kRead,
        .source = kPrefillCapacityMoeHook,
        .versions = "those with pplx",
        .find = pplx_capacity},
    DeploymentRule{
        .name = "sgl-fi-capacity",
        .grade = Grade::kError,
        .what = "With flashinfer_cutedsl, the all-to-all flashinfer is made for its variable, "
                "1,024 unless set, times the ranks. max-prefill-tokens, 16,384 unless set, is not "
                "shared out and must fit. SGLang refuses to start.",
        .fix = "SGLANG_FLASHINFER_NUM_MAX_DISPATCH_TOKENS_PER_RANK for max-prefill-tokens over the "
               "ranks",
        .proof = Proof::kRead,
        .source = kPrefillCapacityMoeHook,
        .versions = "those with both",
        .find = fi_capacity}};

}  // namespace

std::span<const DeploymentRule> sglang_prefill_capacity_rules() {
  return kPrefillCapacityRules;
}

}  // namespace wideep
