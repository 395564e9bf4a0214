// All-to-alls of SGLang that are younger than DeepEP, and what they do without.
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// moe_hook.py@003b6ade. Two-batch overlap is in sgl-tbo-illegal.
void deepep_v2_limits(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  constexpr std::string_view kDraft = "speculative-moe-a2a-backend";
  if (flag_text(context.role, kDraft) == "deepep_v2") {
    cases.push_back({.message = "deepep_v2 is not made for a draft model: SGLang refuses to start",
                     .at = place_of_flag(context, kDraft),
                     .changes = {set_flag(kDraft, "none")}});
  }
  if (!role.all2all || !role.runner || *role.all2all != "deepep_v2") return;
  if (!is_any_of(*role.runner, {"auto", "deep_gemm"})) {
    cases.push_back({.message = fmt::format("deepep_v2 runs with moe-runner-backend deep_gemm "
                                            "alone, and {} is set: SGLang refuses to start",
                                            *role.runner),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .changes = {set_flag("moe-runner-backend", "deep_gemm")}});
  }
  if (is_on(context.role, "enforce-shared-experts-fusion")) {
    cases.push_back(
        {.message = "deepep_v2 does not run fused shared experts: SGLang refuses to start",
         .at = place_of_flag(context, "enforce-shared-experts-fusion"),
         .changes = {remove_flag("enforce-shared-experts-fusion")}});
  }
  const std::string path = flag_text(context.role, "model-path").value_or("");
  if (path.starts_with("instance://")) {
    cases.push_back({.message = "deepep_v2 cannot see the architecture of a model that comes from "
                                "another instance: SGLang refuses to start",
                     .at = place_of_flag(context, "model-path"),
                     .changes = {set_flag("moe-a2a-backend", "deepep")}});
  }
}

void deepep_v2_draft(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || *role.all2all != "deepep_v2" || !role.algorithm) return;
  if (*role.algorithm == "NGRAM" || flag(context.role, "speculative-moe-a2a-backend") != nullptr) {
    return;
  }
  cases.push_back({.message = fmt::format("the draft of {} takes over deepep_v2, which is not made "
                                          "for one: SGLang refuses to start",
                                          *role.algorithm),
                   .at = place_of_flag(context, "speculative-algorithm"),
                   .changes = {set_flag("speculative-moe-a2a-backend", "none")}});
}

void pplx(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner || *role.all2all != "pplx") return;
  if (flag_text(context.role, "deepep-mode") == "normal") {
    cases.push_back({.message = "pplx has a low-latency mode alone, and deepep-mode is normal: "
                                "SGLang refuses to start",
                     .at = place_of_flag(context, "deepep-mode"),
                     .changes = {set_flag("deepep-mode", "low_latency")}});
  }
  if (!is_any_of(*role.runner, {"auto", "deep_gemm"})) {
    cases.push_back({.message = fmt::format("pplx runs with moe-runner-backend deep_gemm alone, "
                                            "and {} is set: SGLang asserts at start",
                                            *role.runner),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .changes = {set_flag("moe-runner-backend", "deep_gemm")}});
  }
}

void waterfill_forces_deepep(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const bool fills = is_on(role, "enable-waterfill");
  if (!fills && !is_on(role, "enable-deepep-waterfill")) return;
  if (any_unresolved(role, {"moe-a2a-backend", "moe-runner-backend"})) return;
  const std::string stated = flag_text(role, "moe-a2a-backend").value_or("none");
  const std::string runner = flag_text(role, "moe-runner-backend").value_or("auto");
  const bool mega = is_any_of(runner, {"megamoe", "flashinfer_megamoe"});
  if (mega || is_any_of(stated, {"deepep", "megamoe"})) return;
  const std::string_view key = fills ? "enable-waterfill" : "enable-deepep-waterfill";
  cases.push_back(
      {.message = fmt::format(
           "{} makes the all-to-all deepep, and moe-a2a-backend {} is not used", key, stated),
       .at = place_of_flag(context, key),
       .changes = {set_flag("moe-a2a-backend", "deepep")}});
}

constexpr std::string_view kAll2allMoeHook = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade";

constexpr std::array kAll2allRules = {
    DeploymentRule{.name = "sgl-deepep-v2-limits",
                   .grade = Grade::kError,
                   .what = "deepep_v2 runs with the kernel deep_gemm, without fused shared "
                           "experts, for the target model alone and for architectures that are "
                           "registered for it. SGLang refuses the rest at start.",
                   .fix = "--moe-a2a-backend deepep",
                   .proof = Proof::kRead,
                   .source = kAll2allMoeHook,
                   .versions = "those with deepep_v2",
                   .find = deepep_v2_limits},
    DeploymentRule{.name = "sgl-deepep-v2-draft",
                   .grade = Grade::kError,
                   .what = "A draft model takes over the all-to-all of its target unless it has "
                           "one of its own, and deepep_v2 is refused for drafts.",
                   .fix = "--speculative-moe-a2a-backend none or deepep",
                   .proof = Proof::kRead,
                   .source = kAll2allMoeHook,
                   .versions = "those with deepep_v2",
                   .find = deepep_v2_draft},
    DeploymentRule{.name = "sgl-pplx",
                   .grade = Grade::kError,
                   .what = "The all-to-all pplx has no normal mode, and lays tokens out for "
                           "deep_gemm alone. SGLang refuses anything else at start.",
                   .fix = "--deepep-mode low_latency --moe-runner-backend deep_gemm",
                   .proof = Proof::kRead,
                   .source = kAll2allMoeHook,
                   .versions = "those with pplx",
                   .find = pplx},
    DeploymentRule{
        .name = "sgl-waterfill-forces-deepep",
        .grade = Grade::kWarning,
        .what = "Waterfill sends shared experts through the all-to-all, which deepep and megamoe "
                "can. With any other SGLang takes deepep and only logs it.",
        .fix = "--moe-a2a-backend deepep, or without waterfill",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/overrides.py @003bbaf9 (_a2a_backend_overrides)",
        .versions = "those with waterfill",
        .find = waterfill_forces_deepep}};

}  // namespace

std::span<const DeploymentRule> sglang_all2all_rules() {
  return kAll2allRules;
}

}  // namespace wideep
