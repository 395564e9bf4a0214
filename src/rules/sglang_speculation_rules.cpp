// Drafts in SGLang: how many tokens, and what they run with.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// speculative_hook.py@004c82e0: of the whole instance.
constexpr int kRequests = 48;

void spec_48(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.algorithm || !role.sizes_known || role.dp < 2) return;
  if (flag(context.role, "max-running-requests") != nullptr) return;
  const int each = kRequests / role.dp;
  RuleCase found{.message = fmt::format("with {} and no max-running-requests the whole instance "
                                        "runs {} requests, {} on each of {} ranks",
                                        *role.algorithm,
                                        kRequests,
                                        each,
                                        role.dp),
                 .at = place_of_flag(context, "speculative-algorithm")};
  found.message += each == 0 ? ": SGLang asserts at start" : ": requests beyond them wait";
  if (each > 0) found.grade = Grade::kWarning;
  if (role.graph && *role.graph > 0) {
    found.changes = {
        set_flag("max-running-requests", static_cast<long long>(*role.graph) * role.dp)};
  } else {
    found.advice = fmt::format("--max-running-requests, for all {} ranks together", role.dp);
  }
  cases.push_back(found);
}

void draft_tokens_snap(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.algorithm || !is_any_of(*role.algorithm, {"EAGLE", "EAGLE3", "STANDALONE"})) return;
  const auto steps = flag_number(context.role, "speculative-num-steps");
  const auto tokens = flag_number(context.role, "speculative-num-draft-tokens");
  if (flag_number(context.role, "speculative-eagle-topk") != 1 || !steps || !tokens) return;
  if (*tokens == *steps + 1) return;
  cases.push_back({.message = fmt::format("{} steps of one branch verify {} tokens, and the {} of "
                                          "speculative-num-draft-tokens are not used",
                                          *steps,
                                          *steps + 1,
                                          *tokens),
                   .at = place_of_flag(context, "speculative-num-draft-tokens"),
                   .changes = {set_flag("speculative-num-draft-tokens", *steps + 1)}});
}

/// speculative_hook.py@004c82e0, _handle_dspark.
void dspark_with_dp(const RuleContext& context,
                    const SglangRole& role,
                    std::vector<RuleCase>& cases) {
  const Place at = place_of_flag(context, "speculative-algorithm");
  if (!is_on(context.role, "enable-dp-lm-head") && !unresolved(context.role, "enable-dp-lm-head")) {
    cases.push_back(
        {.message = "DSPARK with DP attention needs enable-dp-lm-head: SGLang refuses to start",
         .at = at,
         .changes = {set_flag("enable-dp-lm-head")}});
  }
  if (role.all2all && *role.all2all != "none") {
    // Later releases test it with an all-to-all.
    cases.push_back(
        {.message = fmt::format("DSPARK with DP attention ran without an all-to-all alone when it "
                                "came, and moe-a2a-backend is {}: such a release refuses to start",
                                *role.all2all),
         .at = at,
         .advice = "a release whose notes name both, or --moe-a2a-backend none",
         .grade = Grade::kWarning});
  }
  if (role.cp > 1) {
    cases.push_back(
        {.message = fmt::format(
             "DSPARK with DP attention does not run with attn-cp-size {}: SGLang refuses to start",
             role.cp),
         .at = place_of_flag(context, "attn-cp-size"),
         .changes = {set_flag("attn-cp-size", 1)}});
  }
}

void spec_dp_attention(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.algorithm || !role.sizes_known) return;
  const Place at = place_of_flag(context, "speculative-algorithm");
  const bool parallel = is_any_of(*role.algorithm, {"DFLASH", "DSPARK"});
  if (parallel && role.pp > 1) {
    cases.push_back({.message = fmt::format(
                         "{} runs without stages, and pp-size is {}: SGLang refuses to start",
                         *role.algorithm,
                         role.pp),
                     .at = at,
                     .advice = "--pp-size 1 with --tp-size for all GPUs, or EAGLE"});
  }
  if (role.dp < 2) return;
  if (is_any_of(*role.algorithm, {"DFLASH", "STANDALONE", "NGRAM"})) {
    cases.push_back(
        {.message =
             fmt::format("{} does not run with DP attention, dp-size {}: SGLang refuses to start",
                         *role.algorithm,
                         role.dp),
         .at = at,
         .advice = "--speculative-algorithm EAGLE where the model has a draft layer of its own"});
  }
  if (*role.algorithm == "DSPARK") dspark_with_dp(context, role, cases);
}

void dspark_width(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.algorithm) return;
  const bool dspark = *role.algorithm == "DSPARK";
  if (!dspark && *role.algorithm != "DFLASH") return;
  const std::string_view key =
      dspark ? "speculative-dspark-block-size" : "speculative-dflash-block-size";
  const auto block = flag_number(context.role, key);
  const auto tokens = flag_number(context.role, "speculative-num-draft-tokens");
  if (!block || !tokens) return;
  const long long wanted = dspark ? *block + 1 : *block;
  if (*tokens == wanted) return;
  cases.push_back(
      {.message = fmt::format("{} with blocks of {} verifies {} tokens, and "
                              "speculative-num-draft-tokens is {}: SGLang refuses to start",
                              *role.algorithm,
                              *block,
                              wanted,
                              *tokens),
       .at = place_of_flag(context, "speculative-num-draft-tokens"),
       .changes = {set_flag("speculative-num-draft-tokens", wanted)}});
}

/// What SGLang makes of the page size where an attention back end takes that one (overrides.py).
long long pages_of(const DeployedRole& role, std::string_view backend) {
  constexpr long long kPageOfMla = 64;
  if (is_any_of(backend, {"flashmla", "trtllm_mla", "tokenspeed_mla", "cutedsl_mla"})) {
    return kPageOfMla;
  }
  return flag_number(role, "page-size").value_or(1);
}

void topk_page(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.algorithm || !is_any_of(*role.algorithm, {"EAGLE", "EAGLE3", "STANDALONE"})) return;
  const long long branches = flag_number(context.role, "speculative-eagle-topk").value_or(1);
  const std::string backend = flag_text(context.role, "attention-backend").value_or("");
  if (branches <= 1 || backend.empty() || unresolved(context.role, "page-size")) return;
  if (is_any_of(backend, {"flashinfer", "fa3", "triton", "trtllm_mha"})) return;
  const long long page = pages_of(context.role, backend);
  if (page <= 1) return;
  RuleCase found{
      .message = fmt::format("{} branches of drafts with pages of {} run on flashinfer, fa3 or "
                             "triton, and attention-backend is {}: SGLang refuses to start",
                             branches,
                             page,
                             backend),
      .at = place_of_flag(context, "speculative-eagle-topk"),
      .changes = {set_flag("speculative-eagle-topk", 1)}};
  const auto steps = flag_number(context.role, "speculative-num-steps");
  if (steps) found.changes.push_back(set_flag("speculative-num-draft-tokens", *steps + 1));
  cases.push_back(found);
}

constexpr std::string_view kSpeculationHook =
    "python/sglang/srt/arg_groups/speculative_hook.py @004c82e0";

constexpr std::array kSpeculationRules = {
    DeploymentRule{
        .name = "sgl-spec-48",
        .grade = Grade::kError,
        .what = "With drafts SGLang runs 48 requests unless max-running-requests is set: 48 of the "
                "whole instance, which ranks of DP attention share. Eight ranks have six each, and "
                "requests beyond them wait; above 48 ranks there is none, and SGLang asserts at "
                "start.",
        .fix = "--max-running-requests, for all ranks together",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/speculative_hook.py @004c82e0; "
                  "python/sglang/srt/managers/tp_worker.py",
        .versions = "all with drafts",
        .hides = {"sgl-graph-over-pool"},
        .find = spec_48},
    DeploymentRule{
        .name = "sgl-draft-tokens-snap",
        .grade = Grade::kWarning,
        .what = "With one branch a request verifies a token for every step and one more. SGLang "
                "sets speculative-num-draft-tokens to that; the verified token counts in it.",
        .fix = "--speculative-num-draft-tokens one above --speculative-num-steps",
        .proof = Proof::kRead,
        .source = kSpeculationHook,
        .versions = "all with drafts",
        .find = draft_tokens_snap},
    DeploymentRule{.name = "sgl-spec-dp-attention",
                   .grade = Grade::kError,
                   .what = "DFLASH, STANDALONE and NGRAM do not run with DP attention. DSPARK does "
                           "with enable-dp-lm-head and without context parallelism; DFLASH and "
                           "DSPARK run without stages. SGLang refuses the rest at start.",
                   .fix = "--speculative-algorithm EAGLE",
                   .proof = Proof::kRead,
                   .source = kSpeculationHook,
                   .versions = "read at the commit; later ones lift some of it",
                   .find = spec_dp_attention},
    DeploymentRule{
        .name = "sgl-dspark-width",
        .grade = Grade::kError,
        .what = "DSPARK verifies one token more than its block has, DFLASH as many. SGLang refuses "
                "to start where speculative-num-draft-tokens says something else.",
        .fix = "without --speculative-num-draft-tokens",
        .proof = Proof::kRead,
        .source = kSpeculationHook,
        .versions = "those with DSPARK and DFLASH",
        .find = dspark_width},
    DeploymentRule{.name = "sgl-topk-page",
                   .grade = Grade::kError,
                   .what = "Several branches of drafts in a cache with pages above 1 run on the "
                           "attention back ends flashinfer, fa3 and triton alone; those of MLA "
                           "have pages of 64. SGLang refuses others at start.",
                   .fix = "--speculative-eagle-topk 1",
                   .proof = Proof::kRead,
                   .source = kSpeculationHook,
                   .versions = "read at the commit",
                   .find = topk_page}};

}  // namespace

std::span<const DeploymentRule> sglang_speculation_rules() {
  return kSpeculationRules;
}

}  // namespace wideep
