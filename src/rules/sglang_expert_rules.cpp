// Where experts lie in SGLang: balancing, copies, and weights that are fetched.
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

void eplb_ep1(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!is_on(context.role, "enable-eplb") || !role.sizes_known || !role.all2all) return;
  if (unresolved(context.role, "ep-size")) return;
  const int ep = *role.all2all == "none" ? context.sizes.ep.value_or(1) : role.tp;
  if (ep > 1 || flag_number(context.role, "dwdp-size").value_or(1) > 1) return;
  RuleCase found{
      .message = "EPLB is on, and experts lie on one rank, ep-size 1: SGLang asserts at start",
      .at = place_of_flag(context, "enable-eplb")};
  if (role.tp > 1) {
    found.changes = {set_flag("ep-size", role.tp)};
  } else {
    found.changes = {remove_flag("enable-eplb")};
  }
  cases.push_back(found);
}

/// parallel_hook.py@008b79d2, handle_eplb_and_dispatch.
void dispatch_algorithm_none(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::string stated = flag_text(context.role, "ep-dispatch-algorithm").value_or("");
  if (role.all2all != "none" || !is_any_of(stated, {"static", "lp"})) return;
  cases.push_back({.message = fmt::format(
                       "without an all-to-all every rank must pick the same copy of an expert, and "
                       "ep-dispatch-algorithm {} picks by rank: SGLang refuses to start",
                       stated),
                   .at = place_of_flag(context, "ep-dispatch-algorithm"),
                   .changes = {set_flag("ep-dispatch-algorithm", "dynamic")}});
}

/// What reported balance before #34998, and what it is met with since.
void report_gone(const RuleContext& context,
                 const Setting& stated,
                 const Change& removed,
                 std::vector<RuleCase>& cases) {
  RuleCase found{.message = fmt::format("{} gave way to --expert-balancedness-report-mode in "
                                        "0.5.17, and SGLang refuses to start where it is set",
                                        stated.key),
                 .at = stated.at,
                 .changes = {removed}};
  if (truth_in(stated) == true &&
      flag(context.role, "expert-balancedness-report-mode") == nullptr) {
    found.changes.push_back(set_flag("expert-balancedness-report-mode", "server_log"));
  }
  if (!context.version) found.grade = Grade::kWarning;
  cases.push_back(found);
}

void eplb_metric_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_ENABLE_EPLB_BALANCEDNESS_METRIC";
  constexpr std::string_view kFlag = "enable-expert-distribution-metrics";
  if (const Setting* const found = variable(context.role, kVariable)) {
    report_gone(context, *found, remove_variable(kVariable), cases);
  }
  if (const Setting* const found = flag(context.role, kFlag)) {
    report_gone(context, *found, remove_flag(kFlag), cases);
  }
}

/// parallel_hook.py@008b79d2, handle_dwdp.
void dwdp(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kFlag = "dwdp-size";
  const SglangRole role = sglang_role(context.role);
  const long long size = flag_number(context.role, kFlag).value_or(1);
  if (size <= 1 || !role.sizes_known) return;
  const auto say = [&](const std::string& fault, std::string_view key, Change change) {
    cases.push_back(
        {.message = fmt::format("dwdp-size {} {}: SGLang asserts at start", size, fault),
         .at = place_of_flag(context, key),
         .changes = {std::move(change)}});
  };
  if (context.role.kind == RoleKind::kDecode) {
    say("fetches weights for prefill, and this is decode", kFlag, remove_flag(kFlag));
    return;
  }
  if (size != role.tp) {
    say(fmt::format("is not tp-size {}", role.tp), kFlag, set_flag(kFlag, role.tp));
  }
  if (is_on(context.role, "enable-eplb")) {
    say("leaves experts where they are, and EPLB is on", "enable-eplb", remove_flag("enable-eplb"));
  }
  if (role.algorithm) {
    say(fmt::format("runs no draft, and {} is set", *role.algorithm),
        "speculative-algorithm",
        remove_flag("speculative-algorithm"));
  }
  if (role.pp > 1) {
    say(fmt::format("runs without stages, and pp-size is {}", role.pp),
        "pp-size",
        remove_flag(kFlag));
  }
}

constexpr std::string_view kExpertParallelHook =
    "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2";

constexpr std::array kExpertRules = {
    DeploymentRule{.name = "sgl-eplb-ep1",
                   .grade = Grade::kError,
                   .what = "EPLB moves experts between ranks and needs more than one. Without an "
                           "all-to-all ep-size is 1 unless it is set. SGLang asserts at start.",
                   .fix = "--ep-size as --tp-size, or without --enable-eplb",
                   .proof = Proof::kRead,
                   .source = kExpertParallelHook,
                   .versions = "all with EPLB",
                   .find = eplb_ep1},
    DeploymentRule{.name = "sgl-dispatch-algorithm-none",
                   .grade = Grade::kError,
                   .what = "Without an all-to-all every rank runs the same tokens and adds up "
                           "parts, so that all must pick the same copy of an expert. static and lp "
                           "pick by rank; SGLang refuses them there.",
                   .fix = "--ep-dispatch-algorithm dynamic",
                   .proof = Proof::kRead,
                   .source = kExpertParallelHook,
                   .versions = "read at the commit; earlier ones start and give wrong sums",
                   .find = dispatch_algorithm_none},
    DeploymentRule{
        .name = "sgl-eplb-metric-env",
        .grade = Grade::kError,
        .what = "How balanced experts are was reported by a variable and a flag that have given "
                "way to another flag. SGLang refuses to start where the variable is set to "
                "anything, or the flag is given.",
        .fix = "--expert-balancedness-report-mode server_log",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2; sgl-project/sglang #34998",
        .since = EngineVersion{0, 5, 17},
        .find = eplb_metric_env},
    DeploymentRule{
        .name = "sgl-dwdp",
        .grade = Grade::kError,
        .what =
            "With dwdp-size ranks fetch each other's experts during prefill and send no tokens. It "
            "is tp-size, for prefill or both phases, without EPLB, drafts and stages. SGLang "
            "asserts at start; it sets dp-size and ep-size by it and captures no graphs.",
        .fix = "--dwdp-size as --tp-size on prefill, or without it",
        .proof = Proof::kRead,
        .source = kExpertParallelHook,
        .versions = "those with --dwdp-size",
        .find = dwdp}};

}  // namespace

std::span<const DeploymentRule> sglang_expert_rules() {
  return kExpertRules;
}

}  // namespace wideep
