// Which way TensorRT-LLM sends tokens to experts, and what its ways need.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

/// Ranks of a board, beyond which experts count as widely spread.
constexpr int kTrtllmWide = 8;

void trtllm_moe_tp_with_attention_dp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto layout = trtllm_layout(context.role);
  if (!layout || !layout->attention_dp || layout->moe_tp == 1) return;
  // Experts split over a board and no more may be meant so.
  if (trtllm_fused(context.role) || (layout->ep == 1 && layout->tp <= kTrtllmWide)) return;
  cases.push_back(
      {.message = fmt::format("with attention data parallelism over {} ranks each expert is split "
                              "over {} of them: tokens are gathered on all ranks instead of sent "
                              "to those of their experts",
                              layout->tp,
                              layout->moe_tp),
       .at = place_of_flag(context,
                           flag(context.role, "moe_expert_parallel_size") == nullptr
                               ? "tensor_parallel_size"
                               : "moe_expert_parallel_size"),
       .changes = trtllm_spread_all(context.role, layout->tp)});
}

void trtllm_no_attention_dp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto layout = trtllm_layout(context.role);
  if (!layout || trtllm_fused(context.role)) return;
  if (layout->attention_dp || layout->ep <= kTrtllmWide) return;
  cases.push_back(
      {.message =
           fmt::format("experts lie on {} ranks but enable_attention_dp is {}: every rank "
                       "computes attention for all tokens, and an all-reduce over {} ranks "
                       "takes the place of the all-to-all",
                       layout->ep,
                       flag(context.role, "enable_attention_dp") == nullptr ? "not set" : "false",
                       layout->tp),
       .at = place_of_flag(context,
                           flag(context.role, "enable_attention_dp") == nullptr
                               ? "moe_expert_parallel_size"
                               : "enable_attention_dp"),
       .advice = "enable_attention_dp: true; max_batch_size and max_num_tokens are then those of "
                 "one rank"});
}

void one_sided_wants_all_ranks(const RuleContext& context, std::vector<RuleCase>& cases) {
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  const int world = layout.tp * layout.pp;
  if (!forced || layout.ep == world) return;
  if (*forced == "NVLINK_ONE_SIDED") {
    cases.push_back({.message = fmt::format("NVLINK_ONE_SIDED is forced, which needs experts "
                                            "spread over all {} ranks, not over {}: the model "
                                            "does not load",
                                            world,
                                            layout.ep),
                     .at = place_of_variable(context, kTrtllmForce),
                     .changes = {trtllm_unforce()}});
    return;
  }
  const bool nvlink = context.machine != nullptr && context.machine->gpus_per_domain &&
                      context.machine->gpus_per_node &&
                      *context.machine->gpus_per_domain > *context.machine->gpus_per_node &&
                      world <= *context.machine->gpus_per_domain;
  if (!forced->empty() || !nvlink) return;
  cases.push_back({.message = fmt::format("experts lie on {} of {} ranks: one-sided sends over "
                                          "NVLink, the fastest way here, need them on all and are "
                                          "left out",
                                          layout.ep,
                                          world),
                   .at = place_of_flag(context, "pipeline_parallel_size"),
                   .advice = "pipeline_parallel_size: 1, with all ranks in tensor_parallel_size "
                             "and moe_expert_parallel_size",
                   .grade = Grade::kWarning});
}

void one_sided_sizes(const RuleContext& context, std::vector<RuleCase>& cases) {
  // moeAlltoAllKernels.cu, SWITCH_TOP_K; kMaxRanks.
  constexpr std::array kTopK = {1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 22};
  constexpr int kMostRanks = 128;
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced || *forced != "NVLINK_ONE_SIDED") return;
  if (layout.ep > kMostRanks) {
    cases.push_back({.message = fmt::format("NVLINK_ONE_SIDED is forced over {} ranks, and its "
                                            "kernels know {} at most",
                                            layout.ep,
                                            kMostRanks),
                     .at = place_of_variable(context, kTrtllmForce),
                     .changes = {trtllm_unforce()}});
  }
  if (context.model == nullptr || !context.model->top_k) return;
  const int top_k = *context.model->top_k;
  if (std::find(kTopK.begin(), kTopK.end(), top_k) != kTopK.end()) return;
  cases.push_back({.message = fmt::format("NVLINK_ONE_SIDED is forced, and has no kernel for the "
                                          "{} experts of {}'s tokens",
                                          top_k,
                                          context.model->name),
                   .at = place_of_variable(context, kTrtllmForce),
                   .changes = {trtllm_unforce()}});
}

constexpr std::array kTrtllmAll2All = {
    DeploymentRule{
        .name = "trt-moe-tp-with-adp",
        .grade = Grade::kWarning,
        .what = "With attention data parallelism and experts split over ranks, "
                "tensor_parallel_size above moe_expert_parallel_size, no all-to-all is made: all "
                "tokens are gathered on all ranks and results reduced.",
        .fix = "moe_expert_parallel_size equal to tensor_parallel_size",
        .source = kTrtllmFactory,
        .since = kTrtllmFactoryVersion,
        .find = trtllm_moe_tp_with_attention_dp},
    DeploymentRule{.name = "trt-no-adp-no-comm",
                   .grade = Grade::kWarning,
                   .what = "Without attention data parallelism every rank has all tokens, so that "
                           "wide expert parallelism sends nothing and adds everything up over all "
                           "ranks.",
                   .fix = "enable_attention_dp: true, sizes being those of one rank then",
                   .source = kTrtllmFactory,
                   .since = kTrtllmOne,
                   .find = trtllm_no_attention_dp},
    DeploymentRule{
        .name = "trt-one-sided-pure-ep",
        .grade = Grade::kError,
        .what = "One-sided sends over NVLink need experts on all ranks of the instance. Forced "
                "where they are not, the model does not load; otherwise another way is taken.",
        .fix = "moe_expert_parallel_size equal to all ranks, or no TRTLLM_FORCE_COMM_METHOD",
        .source = "tensorrt_llm/_torch/modules/fused_moe/communication/nvlink_one_sided.py "
                  "@010d713e",
        .since = kTrtllmFactoryVersion,
        .find = one_sided_wants_all_ranks},
    DeploymentRule{.name = "trt-one-sided-topk",
                   .grade = Grade::kWarning,
                   .what = "One-sided sends have kernels for 1, 2, 4, 6, 8 and, in later builds, "
                           "even numbers up to 18 and 22 experts of a token, and for at most 128 "
                           "ranks.",
                   .fix = "no TRTLLM_FORCE_COMM_METHOD, or another one",
                   .source = "tensorrt_llm/_torch/modules/fused_moe/communication/"
                             "nvlink_one_sided.py @010d713e; "
                             "cpp/tensorrt_llm/kernels/communicationKernels/moeAlltoAllKernels.cu",
                   .since = kTrtllmFactoryVersion,
                   .find = one_sided_sizes}};

}  // namespace

std::span<const DeploymentRule> trtllm_all2all_rules() {
  return kTrtllmAll2All;
}

}  // namespace wideep
