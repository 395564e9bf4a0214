// Tokens that TensorRT-LLM's steps, sends and buffers are made for.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/expert_weights.h"
#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

/// "128 requests of 4 tokens".
std::string trtllm_batch_text(const RuleContext& context) {
  const int tokens = trtllm_tokens_per_request(context.role).value_or(1);
  return fmt::format("{} requests of {} token{}",
                     context.sizes.max_batch_per_rank.value_or(0),
                     tokens,
                     tokens == 1 ? "" : "s");
}

void trtllm_token_budget(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto step = trtllm_step_tokens(context.role);
  if (context.role.kind == RoleKind::kPrefill || !step || !context.sizes.capacity) return;
  if (*context.sizes.capacity >= *step) return;
  cases.push_back({.message = fmt::format("{} need {} tokens a step, and max_num_tokens is {}: the "
                                          "batch never fills",
                                          trtllm_batch_text(context),
                                          *step,
                                          *context.sizes.capacity),
                   .at = place_of_flag(context, "max_num_tokens"),
                   .changes = {set_flag("max_num_tokens", *step)}});
}

void trtllm_token_limit(const RuleContext& context, long long step, std::vector<RuleCase>& cases) {
  constexpr std::string_view kLimit = "TRTLLM_DEEP_EP_TOKEN_LIMIT";
  const auto limit = variable_number(context.role, kLimit);
  if (!limit || *limit < 1 || *limit >= step) return;
  cases.push_back({.message = fmt::format("{} are {} tokens of a rank, above the {} that "
                                          "TRTLLM_DEEP_EP_TOKEN_LIMIT lets DeepEP's low-latency "
                                          "kernels take: full steps are sent another, slower way",
                                          trtllm_batch_text(context),
                                          step,
                                          *limit),
                   .at = place_of_variable(context, kLimit),
                   .changes = {set_variable(kLimit, step)}});
}

void trtllm_low_latency_limit(const RuleContext& context, std::vector<RuleCase>& cases) {
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  const auto step = trtllm_step_tokens(context.role);
  if (!forced || !step || context.role.kind == RoleKind::kPrefill) return;
  const bool low_latency = *forced == "DEEPEPLOWLATENCY";
  if (low_latency || forced->empty()) trtllm_token_limit(context, *step, cases);
  const auto chunk = trtllm_count(context.role, "moe_config.max_num_tokens");
  const long long all = *step * layout.ep;
  if (!low_latency || !chunk || *chunk >= all) return;
  cases.push_back(
      {.message = fmt::format("{} on each of {} ranks are {} tokens, which moe_config.max_num_"
                              "tokens {} splits into {} chunks: DeepEP's low-latency kernels take "
                              "one, so full steps are sent another, slower way",
                              trtllm_batch_text(context),
                              layout.ep,
                              all,
                              *chunk,
                              (all + *chunk - 1) / *chunk),
       .at = place_of_flag(context, "moe_config.max_num_tokens"),
       .changes = {set_flag("moe_config.max_num_tokens", all)}});
}

void trtllm_one_sided_bytes(const RuleContext& context, std::vector<RuleCase>& cases) {
  // nvlink_one_sided.py@010d713e, calculate_required_workspace_size: what is sent and what comes
  // back unquantized, an index and a weight for each choice.
  constexpr double kElementBytes = 4.0;
  constexpr double kChoiceBytes = 8.0;
  // What decoding steps do not use of it is told where it is a sixteenth of the memory.
  constexpr double kWorthTelling = 1.0 / 16.0;
  TrtllmLayout layout;
  const auto forced = trtllm_in_force(context, layout);
  if (!forced || (!forced->empty() && *forced != "NVLINK_ONE_SIDED")) return;
  if (layout.ep != layout.tp * layout.pp || !context.sizes.capacity) return;
  if (variable(context.role, "TRTLLM_MOE_A2A_WORKSPACE_MB") != nullptr) return;
  const ServedModel* const model = context.model;
  if (model == nullptr || !model->hidden || !model->top_k || !model->experts) return;
  const auto free = memory_beside_experts(context, *model->experts, layout.ep);
  if (!free) return;
  if (!context.machine->gpus_per_domain || layout.ep > *context.machine->gpus_per_domain) return;
  const double token =
      kElementBytes * *context.model->hidden + kChoiceBytes * *context.model->top_k;
  const double bytes = token * *context.sizes.capacity * layout.ep;
  const auto step = trtllm_step_tokens(context.role);
  const bool decode = context.role.kind == RoleKind::kDecode && step;
  const bool wasted = decode && *step < *context.sizes.capacity / 2 &&
                      bytes > kWorthTelling * *context.machine->memory;
  if (bytes <= *free && !wasted) return;
  RuleCase found{.message = fmt::format("one-sided sends keep {:.1f} GiB on each of {} ranks for "
                                        "max_num_tokens {}",
                                        bytes / kGiB,
                                        layout.ep,
                                        *context.sizes.capacity),
                 .at = place_of_flag(context, "max_num_tokens")};
  if (bytes > *free) {
    found.message += fmt::format(", above the {:.0f} GiB that the experts' weights leave",
                                 std::max(0.0, *free) / kGiB);
  } else {
    found.message += fmt::format(", and decoding steps have {} tokens", *step);
    found.grade = Grade::kAdvice;
  }
  if (decode && *step < *context.sizes.capacity) {
    found.changes = {set_flag("max_num_tokens", *step)};
  } else {
    found.advice = "a smaller max_num_tokens";
  }
  cases.push_back(std::move(found));
}

void trtllm_fused_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kKey = "moe_config.max_num_tokens";
  const auto layout = trtllm_layout(context.role);
  const auto total = trtllm_count(context.role, kKey);
  if (!layout || !layout->wants_all2all() || !trtllm_fused(context.role)) return;
  if (!total) return;
  const auto step = trtllm_step_tokens(context.role);
  const bool decode = context.role.kind == RoleKind::kDecode;
  std::optional<long long> need = decode ? step : std::nullopt;
  if (!decode && context.sizes.capacity) need = *context.sizes.capacity;
  if (!need) return;
  const long long capacity = (*total + layout->ep - 1) / layout->ep;
  // moe_scheduler.py, _compute_chunk_layout: chunks are told by the total, not by a rank's share.
  const long long chunks = (*need + *total - 1) / *total;
  if ((*need + chunks - 1) / chunks <= capacity) return;
  cases.push_back(
      {.message = fmt::format("moe_config.max_num_tokens {} is for all {} ranks, {} for "
                              "each, and a rank has up to {} tokens: the fused kernel "
                              "asserts",
                              *total,
                              layout->ep,
                              capacity,
                              *need),
       .at = place_of_flag(context, kKey),
       .changes = {set_flag(kKey, *need * layout->ep)}});
}

constexpr std::array kTrtllmCapacity = {
    DeploymentRule{.name = "trt-token-budget",
                   .grade = Grade::kWarning,
                   .what = "A decoding step takes a token of each request and its drafts. Where "
                           "max_num_tokens is less than max_batch_size times that, fewer requests "
                           "run than are let in.",
                   .fix = "max_num_tokens at least max_batch_size times 1 + drafts",
                   .proof = Proof::kDeduced,
                   .source = kTrtllmArgs,
                   .find = trtllm_token_budget},
    DeploymentRule{.name = "trt-deepep-ll-limit",
                   .grade = Grade::kWarning,
                   .what = "DeepEP's low-latency kernels are made for TRTLLM_DEEP_EP_TOKEN_LIMIT "
                           "tokens of a rank, or max_num_tokens, in one chunk. Steps that have "
                           "more, or run in chunks, are sent another way.",
                   .fix = "TRTLLM_DEEP_EP_TOKEN_LIMIT at least max_batch_size times 1 + drafts; "
                          "moe_config.max_num_tokens unset, or that times all ranks",
                   .source = "tensorrt_llm/_torch/modules/fused_moe/communication/"
                             "deep_ep_low_latency.py @0fccc5b9",
                   .since = kTrtllmFactoryVersion,
                   .find = trtllm_low_latency_limit},
    DeploymentRule{.name = "trt-one-sided-bytes",
                   .grade = Grade::kWarning,
                   .what = "One-sided sends keep room on every rank for max_num_tokens unquantized "
                           "tokens of every rank. On many ranks, with a size meant for prompts, "
                           "that is tens of GiB.",
                   .fix = "max_num_tokens of decoding no larger than max_batch_size times 1 + "
                          "drafts",
                   .source = "tensorrt_llm/_torch/modules/fused_moe/communication/"
                             "nvlink_one_sided.py @010d713e",
                   .since = kTrtllmFactoryVersion,
                   .find = trtllm_one_sided_bytes},
    DeploymentRule{.name = "trt-mega-capacity",
                   .grade = Grade::kError,
                   .what = "With MEGAMOE_DEEPGEMM moe_config.max_num_tokens counts the tokens of "
                           "all ranks and is divided by them. Set to the tokens of one rank, the "
                           "kernel's buffers are too small and it asserts.",
                   .fix = "moe_config.max_num_tokens unset, or ranks times the tokens of one",
                   .source = "tensorrt_llm/_torch/modules/fused_moe/mega_moe/"
                             "mega_moe_deepgemm.py @093e21a2",
                   .versions = "those with MEGAMOE_DEEPGEMM",
                   .find = trtllm_fused_capacity}};

}  // namespace

std::span<const DeploymentRule> trtllm_capacity_rules() {
  return kTrtllmCapacity;
}

}  // namespace wideep
