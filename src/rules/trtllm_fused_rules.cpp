// What DeepGEMM's fused kernel needs in TensorRT-LLM.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

constexpr std::string_view kTrtllmMega =
    "tensorrt_llm/_torch/modules/fused_moe/mega_moe/mega_moe_deepgemm.py @093e21a2";
constexpr std::string_view kTrtllmBackend = "moe_config.backend";

/// Why another backend is taken; empty where none is known to be.
std::string trtllm_fused_refuses(const RuleContext& context) {
  constexpr int kStep = 512;  // elements that TMA moves of a row and its scales
  if (context.machine != nullptr && context.machine->architecture == Architecture::kSm90) {
    return fmt::format(
        "runs on B200, B300, GB200 and GB300, not on {}",
        context.deployment.hardware ? context.deployment.hardware->value : context.machine->name);
  }
  if (context.deployment.model) {
    std::string name = context.deployment.model->value;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    if (name.find("nvfp4") != std::string::npos) {
      return fmt::format("takes MXFP4 experts, not those of {}", context.deployment.model->value);
    }
  }
  if (context.model == nullptr) return {};
  for (const auto& size : {context.model->hidden, context.model->expert_size}) {
    if (size && *size % kStep != 0) {
      return fmt::format(
          "takes sizes that are multiples of {}, and {} has {}", kStep, context.model->name, *size);
    }
  }
  return {};
}

void trtllm_fused_platform(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!trtllm_fused(context.role)) return;
  const Place at = place_of_flag(context, kTrtllmBackend);
  if (const std::string why = trtllm_fused_refuses(context); !why.empty()) {
    cases.push_back({.message = "MEGAMOE_DEEPGEMM " + why + ": another backend is taken instead",
                     .at = at,
                     .changes = {set_flag(kTrtllmBackend, "AUTO")},
                     .grade = Grade::kWarning});
    return;
  }
  const auto layout = trtllm_layout(context.role);
  if (!layout || layout->attention_dp || layout->moe_tp == 1) return;
  cases.push_back({.message = fmt::format("MEGAMOE_DEEPGEMM needs whole experts on each rank, and "
                                          "here {} ranks share one: it asserts when the model is "
                                          "built",
                                          layout->moe_tp),
                   .at = at,
                   .changes = trtllm_spread_all(context.role, layout->tp)});
}

void trtllm_fused_without_dp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto layout = trtllm_layout(context.role);
  if (!layout || !trtllm_fused(context.role)) return;
  if (layout->attention_dp || layout->tp == 1 || layout->moe_tp != 1) return;
  cases.push_back(
      {.message = fmt::format("MEGAMOE_DEEPGEMM without enable_attention_dp sends all tokens from "
                              "each of {} ranks, so that experts do {}-fold work; later builds "
                              "refuse it",
                              layout->tp,
                              layout->tp),
       .at = place_of_flag(context, kTrtllmBackend),
       .changes = {set_flag(kTrtllmBackend, "TRTLLM")}});
}

void trtllm_fused_all_ranks(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto layout = trtllm_layout(context.role);
  if (!layout || !trtllm_fused(context.role)) return;
  if (!layout->attention_dp || layout->ep == layout->tp) return;
  cases.push_back({.message = fmt::format(
                       "MEGAMOE_DEEPGEMM with attention data parallelism over {} ranks needs "
                       "experts spread over all of them, not over {}: it asserts when the "
                       "model is built",
                       layout->tp,
                       layout->ep),
                   .at = place_of_flag(context,
                                       flag(context.role, "moe_expert_parallel_size") == nullptr
                                           ? kTrtllmBackend
                                           : "moe_expert_parallel_size"),
                   .changes = trtllm_spread_all(context.role, layout->tp)});
}

constexpr std::array kTrtllmFused = {
    DeploymentRule{.name = "trt-mega-platform",
                   .grade = Grade::kError,
                   .what = "MEGAMOE_DEEPGEMM runs MXFP4 experts on B200, B300, GB200 and GB300, of "
                           "sizes that are multiples of 512, whole on each rank. On others another "
                           "backend is taken; experts split over ranks make it assert.",
                   .fix = "another moe_config.backend; moe_tensor_parallel_size 1",
                   .source = kTrtllmMega,
                   .versions = "those with MEGAMOE_DEEPGEMM",
                   .find = trtllm_fused_platform},
    DeploymentRule{.name = "trt-mega-tep",
                   .grade = Grade::kWarning,
                   .what =
                       "MEGAMOE_DEEPGEMM without attention data parallelism has every rank send "
                       "all tokens: 26 % slower on 8 ranks in the report, and refused in later "
                       "builds.",
                   .fix = "enable_attention_dp: true, or moe_config.backend TRTLLM",
                   .proof = Proof::kThread,
                   .source = "NVIDIA/TensorRT-LLM #14222",
                   .versions = "those with MEGAMOE_DEEPGEMM",
                   .find = trtllm_fused_without_dp},
    DeploymentRule{.name = "trt-mega-adp-ep",
                   .grade = Grade::kError,
                   .what =
                       "MEGAMOE_DEEPGEMM with attention data parallelism asserts unless experts "
                       "are spread over all ranks that have tokens.",
                   .fix = "moe_expert_parallel_size equal to tensor_parallel_size",
                   .source = kTrtllmMega,
                   .versions = "those with MEGAMOE_DEEPGEMM",
                   .find = trtllm_fused_all_ranks}};

}  // namespace

std::span<const DeploymentRule> trtllm_fused_rules() {
  return kTrtllmFused;
}

}  // namespace wideep
