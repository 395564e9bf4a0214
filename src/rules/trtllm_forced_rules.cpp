// Ways of sending that are forced in TensorRT-LLM, and what they need.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/suggest.h"
#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

/// communication_factory.py@03c36d62, _create_forced_method.
constexpr std::array<std::string_view, 6> kTrtllmMethods = {
    "NVLINK_ONE_SIDED", "NVLINK_TWO_SIDED", "NCCL_EP", "DEEPEP", "DEEPEPLOWLATENCY", "ALLGATHER"};

void trtllm_nccl_ep_slots(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr int kMostGroups = 14;  // of warps, NCCL EP 0.1
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced || *forced != "NCCL_EP") return;
  const auto slots = trtllm_count(context.role, "moe_config.load_balancer.num_slots");
  if (!slots || context.machine == nullptr || !context.machine->sms) return;
  const int sms = *context.machine->sms;
  const long long groups = (*slots + sms - 1) / sms;
  if (groups <= kMostGroups) return;
  cases.push_back({.message = fmt::format("NCCL_EP is forced with {} expert slots on {} SMs, {} "
                                          "groups of warps where {} is the most: the model does "
                                          "not load",
                                          *slots,
                                          sms,
                                          groups,
                                          kMostGroups),
                   .at = place_of_variable(context, kTrtllmForce),
                   .changes = {trtllm_unforce()}});
}

void trtllm_deepep_switched_off(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kSwitch = "TRTLLM_CAN_USE_DEEP_EP";
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced) return;
  const Setting* const off = variable(context.role, kSwitch);
  const bool is_off = off != nullptr && off->value == "0";
  const Change allow = remove_variable(kSwitch);
  if (is_off && *forced == "DEEPEPLOWLATENCY") {
    cases.push_back({.message = "DEEPEPLOWLATENCY is forced and TRTLLM_CAN_USE_DEEP_EP=0 forbids "
                                "it: the model does not load",
                     .at = off->at,
                     .changes = {allow}});
  } else if (is_off && forced->empty() && context.machine != nullptr &&
             context.machine->gpus_per_domain && layout.ep > *context.machine->gpus_per_domain) {
    cases.push_back(
        {.message = fmt::format("TRTLLM_CAN_USE_DEEP_EP=0 leaves only all-gather and "
                                "reduce-scatter between the {} ranks, of which {} share NVLink",
                                layout.ep,
                                *context.machine->gpus_per_domain),
         .at = off->at,
         .changes = {allow},
         .grade = Grade::kAdvice});
  }
  const auto type = flag_text(context.role, "dtype");
  const bool half = type == "float16" || type == "float32";
  if (half && forced->starts_with("DEEPEP")) {
    cases.push_back({.message = fmt::format("{} is forced and sends bfloat16 alone: with dtype {} "
                                            "every step gathers all tokens instead",
                                            *forced,
                                            *type),
                     .at = place_of_flag(context, "dtype"),
                     .changes = {set_flag("dtype", "bfloat16")},
                     .grade = Grade::kAdvice});
  }
}

void trtllm_deepep_ranks(const RuleContext& context, std::vector<RuleCase>& cases) {
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced || *forced != "DEEPEP" || !context.role.gpus_per_node) return;
  const int local = std::min(layout.tp * layout.pp, context.role.gpus_per_node->value);
  constexpr std::array kLocal = {2, 4, 8};
  constexpr std::array kNodes = {2, 4, 8, 16};
  constexpr int kBoard = 8;
  const bool inside =
      layout.ep == local && std::find(kLocal.begin(), kLocal.end(), local) != kLocal.end();
  const bool between = local == kBoard &&
                       std::find(kNodes.begin(), kNodes.end(), layout.ep / kBoard) != kNodes.end();
  if (inside || between) return;
  cases.push_back({.message = fmt::format("DEEPEP is forced over {} ranks, {} on a node: it takes "
                                          "2, 4 or 8 in one node, or 2, 4, 8 or 16 nodes of 8, "
                                          "and the model does not load",
                                          layout.ep,
                                          local),
                   .at = place_of_variable(context, kTrtllmForce),
                   .changes = {set_variable(kTrtllmForce, "DEEPEPLOWLATENCY")}});
}

void trtllm_old_force(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const old = variable(context.role, "TRTLLM_FORCE_ALLTOALL_METHOD");
  if (old == nullptr) return;
  cases.push_back({.message = "TRTLLM_FORCE_ALLTOALL_METHOD is the name of older builds, which the "
                              "factory that now picks the method does not read",
                   .at = old->at,
                   .changes = {remove_variable(old->key)},
                   .grade = Grade::kAdvice});
}

void trtllm_forced_unknown(const RuleContext& context, std::vector<RuleCase>& cases) {
  trtllm_old_force(context, cases);
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced || forced->empty()) return;
  if (std::find(kTrtllmMethods.begin(), kTrtllmMethods.end(), *forced) == kTrtllmMethods.end()) {
    const auto near = suggest(*forced, kTrtllmMethods);
    const Change mend = near ? set_variable(kTrtllmForce, *near) : trtllm_unforce();
    cases.push_back({.message = fmt::format("{} is no method of sending that TensorRT-LLM knows: "
                                            "the model does not load",
                                            *forced),
                     .at = place_of_variable(context, kTrtllmForce),
                     .changes = {mend}});
    return;
  }
  const auto& precision = context.deployment.precision;
  const bool quantized =
      precision && (precision->value.starts_with("fp4") || precision->value.starts_with("fp8") ||
                    precision->value.starts_with("nvfp4"));
  if (*forced != "NCCL_EP" || !quantized) return;
  cases.push_back({.message = fmt::format("NCCL_EP is forced and takes unquantized experts alone, "
                                          "not {}: the model does not load",
                                          precision->value),
                   .at = place_of_variable(context, kTrtllmForce),
                   .changes = {trtllm_unforce()}});
}

constexpr std::array kTrtllmForced = {
    DeploymentRule{.name = "trt-nccl-ep-slots",
                   .grade = Grade::kError,
                   .what =
                       "NCCL EP 0.1 combines with at most 14 groups of warps, one for each SM's "
                       "share of the expert slots. Forced with more, the model does not load.",
                   .fix = "no TRTLLM_FORCE_COMM_METHOD, or fewer slots",
                   .source = kTrtllmFactory,
                   .since = kTrtllmFactoryVersion,
                   .versions = "with NCCL EP 0.1",
                   .find = trtllm_nccl_ep_slots},
    DeploymentRule{.name = "trt-deepep-bf16",
                   .grade = Grade::kError,
                   .what = "DeepEP is tried for bfloat16 activations alone, and not at all with "
                           "TRTLLM_CAN_USE_DEEP_EP=0. Forced against that switch the model does "
                           "not load; without it tokens are gathered on all ranks.",
                   .fix = "no TRTLLM_CAN_USE_DEEP_EP=0, dtype bfloat16",
                   .source = kTrtllmFactory,
                   .since = kTrtllmFactoryVersion,
                   .find = trtllm_deepep_switched_off},
    DeploymentRule{.name = "trt-deepep-ht-ranks",
                   .grade = Grade::kError,
                   .what = "DeepEP's normal kernels take 2, 4 or 8 ranks that are all of one node, "
                           "or 2, 4, 8 or 16 nodes of 8 ranks; trays of 4 GPUs are never joined.",
                   .fix = "TRTLLM_FORCE_COMM_METHOD=DEEPEPLOWLATENCY, or none",
                   .source = "tensorrt_llm/_torch/modules/fused_moe/communication/deep_ep.py "
                             "@0d2123af",
                   .since = kTrtllmFactoryVersion,
                   .find = trtllm_deepep_ranks},
    DeploymentRule{.name = "trt-forced-unknown",
                   .grade = Grade::kError,
                   .what = "A method of sending that is forced must be one that TensorRT-LLM knows "
                           "and the experts' type allows, or the model does not load.",
                   .fix = "NVLINK_ONE_SIDED, NVLINK_TWO_SIDED, NCCL_EP, DEEPEP, DEEPEPLOWLATENCY "
                          "or ALLGATHER, or nothing forced",
                   .source = kTrtllmFactory,
                   .since = kTrtllmFactoryVersion,
                   .find = trtllm_forced_unknown}};

}  // namespace

std::span<const DeploymentRule> trtllm_forced_rules() {
  return kTrtllmForced;
}

}  // namespace wideep
