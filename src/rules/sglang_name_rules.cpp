// Words that SGLang had, and those that it has now.
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// From which arguments are resolved in arg_groups, as the sources below have it. Earlier images
/// know the old words alone.
constexpr EngineVersion kArgGroups{.major = 0, .minor = 5, .patch = 14};

/// release notes of v0.5.16: renamed, and the old name is gone.
constexpr EngineVersion kWaterfillRenamed{.major = 0, .minor = 5, .patch = 16};

void spec_v2_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_ENABLE_SPEC_V2";
  const Setting* const found = variable(context.role, kVariable);
  if (found == nullptr) return;
  const bool off = truth_in(*found) == false;
  cases.push_back({.message = fmt::format(
                       "{} has no effect since 0.5.14: drafts always overlap with scheduling{}",
                       kVariable,
                       off ? ", which it switches off" : ""),
                   .at = found->at,
                   .changes = {remove_variable(kVariable)}});
}

void bf16_dispatch_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_DEEPEP_BF16_DISPATCH";
  constexpr std::string_view kFlag = "deepep-dispatcher-output-dtype";
  const Setting* const found = variable(context.role, kVariable);
  if (found == nullptr || truth_in(*found) != true) return;
  RuleCase one{.message = fmt::format("{} gives way to the flag {}", kVariable, kFlag),
               .at = found->at,
               .changes = {remove_variable(kVariable)}};
  if (flag(context.role, kFlag) == nullptr) one.changes.push_back(set_flag(kFlag, "bf16"));
  cases.push_back(one);
}

void waterfill_name(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "enable-deepep-waterfill";
  if (!is_on(context.role, kOld)) return;
  RuleCase found{.message =
                     "enable-deepep-waterfill is enable-waterfill since 0.5.16, which does not "
                     "know the old name and does not start",
                 .at = place_of_flag(context, kOld),
                 .changes = {remove_flag(kOld), set_flag("enable-waterfill")}};
  if (!context.version) found.grade = Grade::kWarning;
  cases.push_back(found);
}

/// mega_moe_hook.py@04fa8c01, handle_moe_runner_backend_alias.
void mega_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "SGLANG_OPT_USE_DEEPGEMM_MEGA_MOE";
  const Setting* const found = variable(context.role, kVariable);
  const std::string stated = flag_text(context.role, "moe-a2a-backend").value_or("none");
  if (unresolved(context.role, "moe-a2a-backend")) return;
  if (found != nullptr && truth_in(*found) == true) {
    RuleCase one{.message = fmt::format(
                     "{} does not choose the all-to-all any more; moe-a2a-backend does, and is {}",
                     kVariable,
                     stated),
                 .at = found->at,
                 .changes = {remove_variable(kVariable)}};
    if (stated == "none") one.changes.push_back(set_flag("moe-a2a-backend", "megamoe"));
    cases.push_back(one);
  }
  const std::string runner = flag_text(context.role, "moe-runner-backend").value_or("auto");
  if (runner != "megamoe" || is_any_of(stated, {"none", "megamoe"})) return;
  cases.push_back(
      {.message = fmt::format("moe-runner-backend megamoe is another name for moe-a2a-backend "
                              "megamoe, and {} is not used",
                              stated),
       .at = place_of_flag(context, "moe-runner-backend"),
       .changes = {set_flag("moe-a2a-backend", "megamoe"), remove_flag("moe-runner-backend")}});
}

struct Renamed {
  std::string_view old_name;
  std::string_view name;
};

/// Old flags by their new ones; the value stays.
void renamed(const RuleContext& context, const Renamed& flags, std::vector<RuleCase>& cases) {
  const Setting* const found = flag(context.role, flags.old_name);
  if (found == nullptr || !found->value || !context.version ||
      is_before(context, kWaterfillRenamed)) {
    return;
  }
  RuleCase one{.message = fmt::format("{} is {} now", flags.old_name, flags.name),
               .at = found->at,
               .changes = {remove_flag(flags.old_name)}};
  if (flag(context.role, flags.name) != nullptr) {
    one.message =
        fmt::format("{} is the old name of {}, which is set as well", flags.old_name, flags.name);
  } else {
    one.changes.push_back(set_flag(flags.name, *found->value));
  }
  cases.push_back(one);
}

void graph_names(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kEnforced = "enforce-piecewise-cuda-graph";
  renamed(context, {"cuda-graph-max-bs", "cuda-graph-max-bs-decode"}, cases);
  renamed(context, {"cuda-graph-bs", "cuda-graph-bs-decode"}, cases);
  if (!is_on(context.role, kEnforced)) return;
  cases.push_back(
      {.message = "enforce-piecewise-cuda-graph is cuda-graph-backend-prefill tc_piecewise now",
       .at = place_of_flag(context, kEnforced),
       .changes = {remove_flag(kEnforced),
                   set_flag("cuda-graph-backend-prefill", "tc_piecewise")}});
}

void dsa_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "SGLANG_NSA_";
  renamed(context, {"nsa-prefill-backend", "dsa-prefill-backend"}, cases);
  renamed(context, {"nsa-decode-backend", "dsa-decode-backend"}, cases);
  if (!context.version) return;
  for (const Setting& one : context.role.environment.all) {
    if (!one.key.starts_with(kOld)) continue;
    const std::string name = "SGLANG_DSA_" + one.key.substr(kOld.size());
    RuleCase found{.message = fmt::format("{} is {} now", one.key, name),
                   .at = one.at,
                   .changes = {remove_variable(one.key)}};
    if (one.value && variable(context.role, name) == nullptr) {
      found.changes.push_back(set_variable(name, *one.value));
    }
    cases.push_back(found);
  }
}

void elastic_rejoin(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "elastic-ep-rejoin";
  constexpr std::string_view kNew = "elastic-ep-join-mode";
  if (!is_on(context.role, kOld)) return;
  const std::optional<std::string> mode = flag_text(context.role, kNew);
  RuleCase found{.message = "elastic-ep-rejoin is elastic-ep-join-mode recover now",
                 .at = place_of_flag(context, kOld),
                 .changes = {remove_flag(kOld)},
                 .grade = Grade::kAdvice};
  if (!mode) found.changes.push_back(set_flag(kNew, "recover"));
  if (mode && *mode != "recover") {
    found.message = fmt::format(
        "elastic-ep-rejoin means elastic-ep-join-mode recover, and that is {}: SGLang asserts at "
        "start",
        *mode);
    found.grade = Grade::kError;
  }
  cases.push_back(found);
}

constexpr std::array kNameRules = {
    DeploymentRule{
        .name = "sgl-spec-v2-env",
        .grade = Grade::kAdvice,
        .what = "SGLANG_ENABLE_SPEC_V2 chose how drafts are scheduled. The second way is the only "
                "one now, and the variable is met with a warning.",
        .fix = "without it; --disable-overlap-schedule for the synchronous way",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/speculative_hook.py @004c82e0; sgl-project/sglang #27964",
        .since = kArgGroups,
        .versions = "needed before",
        .find = spec_v2_env},
    DeploymentRule{.name = "sgl-bf16-dispatch-env",
                   .grade = Grade::kAdvice,
                   .what = "What DeepEP sends is chosen by a flag now; the variable that chose "
                           "bf16 is on its way out.",
                   .fix = "--deepep-dispatcher-output-dtype bf16",
                   .proof = Proof::kExcerpt,
                   .source = "python/sglang/srt/environ.py (excerpt)",
                   .since = kArgGroups,
                   .find = bf16_dispatch_env},
    DeploymentRule{.name = "sgl-waterfill-name",
                   .grade = Grade::kError,
                   .what = "Waterfill runs with MegaMoE too since 0.5.16 and lost DeepEP from its "
                           "name. The old flag is not known any more, and SGLang does not start.",
                   .fix = "--enable-waterfill",
                   .proof = Proof::kRead,
                   .source = "sgl-project/sglang release notes of v0.5.16, #27350; "
                             "python/sglang/srt/arg_groups/overrides.py @003bbaf9",
                   .since = kWaterfillRenamed,
                   .find = waterfill_name},
    DeploymentRule{
        .name = "sgl-mega-env",
        .grade = Grade::kAdvice,
        .what = "MegaMoE is an all-to-all and chosen as one. The variable that switched it on does "
                "so no more, and the runner of that name overrides moe-a2a-backend.",
        .fix = "--moe-a2a-backend megamoe",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/mega_moe_hook.py @04fa8c01",
        .since = kArgGroups,
        .find = mega_env},
    DeploymentRule{
        .name = "sgl-graph-names",
        .grade = Grade::kAdvice,
        .what =
            "Prefill and decode have graphs of their own, and flags for each. The old ones mean "
            "decode and are on their way out; a --cuda-graph-config goes before all of them.",
        .fix = "--cuda-graph-max-bs-decode, --cuda-graph-bs-decode, --cuda-graph-backend-prefill",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/cuda_graph_hook.py @019667ad",
        .since = kArgGroups,
        .versions = "flags for the graphs of decode from 0.5.16 on",
        .find = graph_names},
    DeploymentRule{
        .name = "sgl-dsa-env",
        .grade = Grade::kAdvice,
        .what = "Sparse attention is called DSA, after DeepSeek, and not NSA any more. The old "
                "flags and variables are met with a warning.",
        .fix = "--dsa-prefill-backend, --dsa-decode-backend, SGLANG_DSA_*",
        .proof = Proof::kExcerpt,
        .source = "python/sglang/srt/environ.py (excerpt), arg_groups/fields/exec_.py @01d795f8",
        .since = kWaterfillRenamed,
        .find = dsa_env},
    DeploymentRule{
        .name = "sgl-elastic-rejoin",
        .grade = Grade::kError,
        .what =
            "Ranks join an elastic instance in a mode, of which recover is what elastic-ep-rejoin "
            "meant. SGLang asserts that the two do not contradict each other.",
        .fix = "--elastic-ep-join-mode recover",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2 (handle_elastic_ep)",
        .since = kArgGroups,
        .versions = "read at the commit",
        .find = elastic_rejoin}};

}  // namespace

std::span<const DeploymentRule> sglang_name_rules() {
  return kNameRules;
}

}  // namespace wideep
