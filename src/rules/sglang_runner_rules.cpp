// Kernels of experts in SGLang, and what each of them takes.
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

struct Takes {
  std::string_view runner;
  std::string_view quantizations;  ///< a blank on both sides of each
  bool hybrids = false;            ///< checkpoints with NVFP4 experts under another name too
};

/// moe_hook.py@003b6ade, handle_moe_kernel_config.
constexpr std::array kTakes = {
    Takes{"flashinfer_cutlass", " modelopt_fp4 modelopt_fp8 modelopt_mixed "},
    Takes{"flashinfer_cutedsl", " modelopt_fp4 modelopt_mixed nvfp4_online ", true},
    Takes{"flashinfer_trtllm",
          " modelopt_fp4 nvfp4_online fp8 mxfp8 modelopt_fp8 modelopt_mixed compressed-tensors "},
    Takes{"flashinfer_trtllm_routed", " fp8 mxfp8 modelopt_fp4 modelopt_mixed nvfp4_online "}};

void quantization_taken(const RuleContext& context,
                        const SglangRole& role,
                        std::vector<RuleCase>& cases) {
  if (!role.quantization) return;
  for (const Takes& takes : kTakes) {
    if (takes.runner != *role.runner) continue;
    if (takes.quantizations.find(" " + *role.quantization + " ") != std::string_view::npos) return;
    RuleCase found{
        .message = fmt::format(
            "moe-runner-backend {} does not take quantization {}: SGLang asserts at start",
            takes.runner,
            *role.quantization),
        .at = place_of_flag(context, "moe-runner-backend"),
        .changes = {remove_flag("moe-runner-backend")}};
    if (takes.hybrids) {
      found.grade = Grade::kWarning;
      found.message += ", unless the experts of the checkpoint are NVFP4";
    }
    cases.push_back(found);
  }
}

void runner_quant(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known || !role.runner || !role.all2all) return;
  quantization_taken(context, role, cases);
  const int ep = context.sizes.ep.value_or(1);
  const bool flashinfer = is_any_of(*role.runner, {"flashinfer_cutlass", "flashinfer_cutedsl"});
  if (flashinfer && *role.all2all == "none" && ep != 1 && ep != role.tp) {
    cases.push_back({.message = fmt::format("moe-runner-backend {} takes ep-size 1 or tp-size {}, "
                                            "and it is {}: SGLang asserts at start",
                                            *role.runner,
                                            role.tp,
                                            ep),
                     .at = place_of_flag(context, "ep-size"),
                     .changes = {set_flag("ep-size", role.tp)}});
  }
  if (*role.runner == "flashinfer_cutedsl" &&
      !is_any_of(*role.all2all, {"none", "deepep", "flashinfer"})) {
    cases.push_back({.message = fmt::format("moe-runner-backend flashinfer_cutedsl does not run "
                                            "with the all-to-all {}: SGLang asserts at start",
                                            *role.all2all),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .changes = {remove_flag("moe-runner-backend")}});
  }
  const bool block_fp8 = role.quantization && *role.quantization == "fp8";
  const int width = *role.all2all == "none" ? ep : role.tp;
  if (*role.runner == "cutlass" && block_fp8 && width > 1) {
    cases.push_back({.message = fmt::format("moe-runner-backend cutlass runs fp8 on one expert "
                                            "rank alone, and there are {}: SGLang asserts at start",
                                            width),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .changes = {remove_flag("moe-runner-backend")}});
  }
}

void cutedsl_normal(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner || *role.all2all != "deepep") return;
  if (*role.runner != "flashinfer_cutedsl") return;
  if (flag_text(context.role, "deepep-mode") != "normal") return;
  cases.push_back({.message = "flashinfer_cutedsl has no kernel for what DeepEP's normal mode "
                              "sends: SGLang refuses to start",
                   .at = place_of_flag(context, "deepep-mode"),
                   .changes = {set_flag("deepep-mode", "low_latency")}});
}

/// moe_hook.py@003b6ade: with the runner triton experts stay where they are.
void triton_runner(const RuleContext& context,
                   const SglangRole& role,
                   std::vector<RuleCase>& cases) {
  constexpr std::string_view kEnd = ": SGLang asserts at start";
  if (role.quantization) {
    cases.push_back({.message = fmt::format("the all-to-all flashinfer runs triton on unquantized "
                                            "experts alone, and quantization is {}{}",
                                            *role.quantization,
                                            kEnd),
                     .at = place_of_flag(context, "moe-runner-backend"),
                     .advice = "--moe-runner-backend flashinfer_trtllm, flashinfer_cutlass, "
                               "flashinfer_cutedsl or deep_gemm"});
  }
  if (is_on(context.role, "enable-eplb")) {
    cases.push_back({.message = fmt::format("the all-to-all flashinfer with the runner triton does "
                                            "not move experts, and EPLB is on{}",
                                            kEnd),
                     .at = place_of_flag(context, "enable-eplb"),
                     .changes = {remove_flag("enable-eplb")}});
  }
  const long long copies = flag_number(context.role, "ep-num-redundant-experts").value_or(0);
  if (copies != 0) {
    cases.push_back({.message = fmt::format("the all-to-all flashinfer with the runner triton "
                                            "takes no redundant experts, and there are {}{}",
                                            copies,
                                            kEnd),
                     .at = place_of_flag(context, "ep-num-redundant-experts"),
                     .changes = {set_flag("ep-num-redundant-experts", 0)}});
  }
}

void flashinfer_a2a_runner(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner || *role.all2all != "flashinfer") return;
  if (*role.runner == "triton") triton_runner(context, role, cases);
  // What auto becomes depends on the checkpoint.
  if (is_any_of(*role.runner,
                {"auto",
                 "flashinfer_cutlass",
                 "flashinfer_cutedsl",
                 "flashinfer_trtllm",
                 "flashinfer_trtllm_routed",
                 "deep_gemm",
                 "triton"})) {
    return;
  }
  RuleCase found{.message = fmt::format("the all-to-all flashinfer does not run with "
                                        "moe-runner-backend {}: SGLang asserts at start",
                                        *role.runner),
                 .at = place_of_flag(context, "moe-runner-backend"),
                 .advice =
                     "--moe-runner-backend flashinfer_trtllm, flashinfer_cutlass, "
                     "flashinfer_cutedsl, deep_gemm or triton"};
  if (role.quantization == "modelopt_fp4") {
    found.changes = {set_flag("moe-runner-backend", "flashinfer_cutlass")};
  }
  cases.push_back(found);
}

/// moe_hook.py@003b6ade, handle_flashinfer_a2a_dispatch_type.
void a2a_dtype_flag(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kFlag = "flashinfer-a2a-dispatch-type";
  constexpr std::string_view kVariable = "SGLANG_MOE_NVFP4_DISPATCH";
  const SglangRole role = sglang_role(context.role);
  const std::optional<std::string> type = flag_text(context.role, kFlag);
  if (!type || !role.all2all || !role.runner) return;
  const Place at = place_of_flag(context, kFlag);
  if (*role.all2all != "flashinfer") {
    if (*type == "auto") return;
    cases.push_back({.message = fmt::format("{} {} belongs to the all-to-all flashinfer, and "
                                            "moe-a2a-backend is {}: SGLang refuses to start",
                                            kFlag,
                                            *type,
                                            *role.all2all),
                     .at = at,
                     .changes = {remove_flag(kFlag)}});
    return;
  }
  if (variable(context.role, kVariable) != nullptr) {
    cases.push_back({.message = fmt::format(
                         "{} and {} both say in what type tokens are sent: SGLang refuses to start",
                         kFlag,
                         kVariable),
                     .at = place_of_variable(context, kVariable),
                     .changes = {remove_variable(kVariable)}});
  }
  const std::string quantization = role.quantization.value_or("");
  const bool routed = is_any_of(*role.runner, {"flashinfer_trtllm_routed", "flashinfer_trtllm"});
  if (*type == "mxfp8" && ((!quantization.empty() && quantization != "mxfp8") || !routed)) {
    cases.push_back(
        {.message = fmt::format("{} mxfp8 needs quantization mxfp8 and the runner "
                                "flashinfer_trtllm_routed, here {} and {}: SGLang refuses to start",
                                kFlag,
                                quantization.empty() ? "the checkpoint's" : quantization,
                                *role.runner),
         .at = at,
         .changes = {set_flag(kFlag, "auto")}});
  }
  if (*type == "nvfp4" && !quantization.empty() && quantization != "modelopt_fp4") {
    cases.push_back(
        {.message = fmt::format(
             "{} nvfp4 with quantization {} starts only where the checkpoint's experts are NVFP4",
             kFlag,
             quantization),
         .at = at,
         .changes = {set_flag(kFlag, "auto")},
         .grade = Grade::kWarning});
  }
}

constexpr std::string_view kRunnerMoeHook = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade";

constexpr std::array kRunnerRules = {
    DeploymentRule{.name = "sgl-runner-quant",
                   .grade = Grade::kError,
                   .what = "Each moe-runner-backend takes certain quantizations, ep-sizes and "
                           "all-to-alls. SGLang asserts them at start.",
                   .fix = "--moe-runner-backend auto, or one that takes the weights",
                   .proof = Proof::kRead,
                   .source = kRunnerMoeHook,
                   .versions = "read at the commit; lists grow with releases",
                   .find = runner_quant},
    DeploymentRule{
        .name = "sgl-cutedsl-normal",
        .grade = Grade::kError,
        .what = "flashinfer_cutedsl takes tokens as DeepEP's low-latency dispatch lays them out, "
                "in prefill too. With the normal mode SGLang refuses to start.",
        .fix = "--deepep-mode low_latency",
        .proof = Proof::kRead,
        .source = kRunnerMoeHook,
        .versions = "read at the commit; earlier ones fail in the first prefill",
        .find = cutedsl_normal},
    DeploymentRule{
        .name = "sgl-flashinfer-a2a-runner",
        .grade = Grade::kError,
        .what =
            "The all-to-all flashinfer runs with six kernels of experts; with triton among them "
            "only where experts are unquantized and stay where they are. SGLang asserts at start.",
        .fix = "--moe-runner-backend flashinfer_trtllm, flashinfer_cutlass, flashinfer_cutedsl or "
               "deep_gemm",
        .proof = Proof::kRead,
        .source = kRunnerMoeHook,
        .versions = "read at the commit",
        .hides = {"redundant-memory"},
        .find = flashinfer_a2a_runner},
    DeploymentRule{
        .name = "sgl-a2a-dtype-flag",
        .grade = Grade::kError,
        .what = "flashinfer-a2a-dispatch-type says in what type the all-to-all flashinfer sends "
                "tokens. It goes with that back end, with weights of that type, and not beside the "
                "variable that said so before. SGLang refuses to start.",
        .fix = "--flashinfer-a2a-dispatch-type auto, or without it",
        .proof = Proof::kRead,
        .source = kRunnerMoeHook,
        .versions = "those with the flag",
        .find = a2a_dtype_flag}};

}  // namespace

std::span<const DeploymentRule> sglang_runner_rules() {
  return kRunnerRules;
}

}  // namespace wideep
