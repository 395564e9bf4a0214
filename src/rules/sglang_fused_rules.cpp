// MegaMoE in SGLang: dispatch, experts and combine in one kernel.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// moe_hook.py@003b6ade, validate_flashinfer_megamoe_model: presets whose architecture is not in
/// its list (GlmMoeDsa, GptOss, MiniMax, MiMo, Llama 4, Mixtral, KimiK25).
constexpr std::array<std::string_view, 7> kNotValidated = {
    "glm-5", "gpt-oss", "minimax-", "mimo-v2", "llama-4", "mixtral-", "kimi-k2.5"};

bool is_not_validated(std::string_view model) {
  return std::any_of(kNotValidated.begin(), kNotValidated.end(), [model](std::string_view name) {
    return model.starts_with(name);
  });
}

std::vector<Change> deepep_instead(const SglangRole& role) {
  std::vector<Change> changes = {set_flag("moe-a2a-backend", "deepep")};
  if (role.runner == "flashinfer_megamoe") changes.push_back(remove_flag("moe-runner-backend"));
  return changes;
}

void mega_platform(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner || *role.all2all != "flashinfer_megamoe") return;
  std::string fault;
  if (context.machine != nullptr && context.machine->architecture == Architecture::kSm90) {
    fault = fmt::format("runs on Blackwell, SM100, and {} is Hopper", context.machine->name);
  } else if (context.model != nullptr && is_not_validated(context.model->name)) {
    fault = fmt::format("is not validated for the architecture of {}", context.model->name);
  } else if (context.model != nullptr && role.quantization == "fp8" &&
             !context.model->name.starts_with("deepseek-v4")) {
    fault = fmt::format("takes MXFP8 and FP4 experts, and those of {} are block-wise FP8",
                        context.model->name);
  } else if (!is_any_of(*role.runner, {"auto", "flashinfer_megamoe"})) {
    cases.push_back({.message = fmt::format("flashinfer_megamoe is all-to-all and experts in one, "
                                            "and moe-runner-backend is {}: SGLang asserts at start",
                                            *role.runner),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .changes = {remove_flag("moe-runner-backend")}});
    return;
  }
  if (fault.empty()) return;
  cases.push_back({.message = fmt::format("flashinfer_megamoe {}: SGLang refuses to start", fault),
                   .at = place_of_flag(context, "moe-a2a-backend"),
                   .changes = deepep_instead(role)});
}

void mega_eplb(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner) return;
  const bool sums_in_kernel = *role.all2all == "flashinfer_megamoe";
  if (*role.runner == "flashinfer_megamoe" && !sums_in_kernel) {
    const long long copies = flag_number(context.role, "ep-num-redundant-experts").value_or(0);
    if (is_on(context.role, "enable-eplb")) {
      cases.push_back({.message = "moe-runner-backend flashinfer_megamoe takes every expert once "
                                  "and in place, and EPLB is on: SGLang refuses to start",
                       .at = place_of_flag(context, "enable-eplb"),
                       .changes = {remove_flag("enable-eplb")}});
    }
    if (copies != 0) {
      cases.push_back(
          {.message = fmt::format("moe-runner-backend flashinfer_megamoe takes every expert once, "
                                  "and there are {} redundant ones: SGLang refuses to start",
                                  copies),
           .at = place_of_flag(context, "ep-num-redundant-experts"),
           .changes = {set_flag("ep-num-redundant-experts", 0)}});
    }
  }
  constexpr std::string_view kType = "SGLANG_FLASHINFER_MEGAMOE_COMBINE_DTYPE";
  constexpr std::string_view kSum = "SGLANG_FLASHINFER_MEGAMOE_IN_KERNEL_FC2_REDUCE";
  const std::optional<std::string> type = variable_text(context.role, kType);
  const Setting* const sum = variable(context.role, kSum);
  if (!sums_in_kernel || !type || *type == "bf16" || sum == nullptr) return;
  if (truth_in(*sum) != true) return;
  cases.push_back(
      {.message = fmt::format("combine in {} does not go with the sum of experts in the kernel, "
                              "which {} switches on: SGLang refuses to start",
                              *type,
                              kSum),
       .at = place_of_variable(context, kSum),
       .changes = {set_variable(kSum, 0)}});
}

constexpr std::array kFusedRules = {
    DeploymentRule{
        .name = "sgl-mega-platform",
        .grade = Grade::kError,
        .what = "flashinfer_megamoe runs on SM100 with MXFP8 or FP4 experts of the architectures "
                "it was validated for. SGLang refuses to start elsewhere.",
        .fix = "--moe-a2a-backend deepep",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade, mega_moe_hook.py @04fa8c01",
        .versions = "those with flashinfer_megamoe",
        .find = mega_platform},
    DeploymentRule{
        .name = "sgl-mega-eplb",
        .grade = Grade::kError,
        .what = "FlashInfer's MegaMoE places every expert once and evenly, without EPLB and "
                "redundant experts; and it sums experts in the kernel only where combine is bf16. "
                "SGLang refuses the rest at start.",
        .fix = "without --enable-eplb and --ep-num-redundant-experts; combine in bf16",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/mega_moe_hook.py @04fa8c01, moe_hook.py @003b6ade",
        .versions = "those with flashinfer_megamoe",
        .hides = {"redundant-memory"},
        .find = mega_eplb}};

}  // namespace

std::span<const DeploymentRule> sglang_fused_rules() {
  return kFusedRules;
}

}  // namespace wideep
