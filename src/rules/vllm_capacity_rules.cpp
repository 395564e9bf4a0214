// Tokens that a step of vLLM takes, for which batched kernels make their buffers.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/expert_weights.h"
#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// deepseek-ai/DeepEP@dd758ca, csrc/legacy/buffer.hpp: a buffer of this size is refused.
constexpr double kMostLowLatencyBuffer = 32.0 * kGiB;

/// Tokens of a step that tell a role of prefill, or one that takes no care.
constexpr int kManyTokens = 2048;

bool buffer_too_large(const RuleContext& context, double bytes) {
  const int slots =
      context.model->experts.value_or(0) + redundant_experts(context.role).value_or(0);
  const auto free = memory_beside_experts(context, slots, context.ep_width.value_or(1));
  return bytes >= kMostLowLatencyBuffer || (free && bytes >= *free);
}

void ll_for_prefill(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!exchanges_by(context, "deepep_low_latency")) return;
  const bool prefill = role.kind == RoleKind::kPrefill;
  std::optional<int> tokens = context.sizes.capacity;
  if (lacks(role, kTokensFlag) && prefill) tokens = default_batched_tokens(context);
  // Then the buffers were made for a chunk.
  if (dispatches_chunks(context)) tokens = std::nullopt;
  const bool many = tokens.value_or(0) >= kManyTokens;
  if (!prefill && !many) return;
  RuleCase found{.message =
                     "deepep_low_latency is made for the small steps of decode, "
                     "and prefill is slow with it",
                 .at = place_of_flag(context, kAll2allFlag),
                 .grade = Grade::kWarning};
  if (tokens) {
    found.message =
        fmt::format("deepep_low_latency makes its buffers for {} tokens a rank", *tokens);
    if (const auto bytes = low_latency_bytes(context, *tokens)) {
      found.message += ", " + in_gib(*bytes) + " of every GPU";
      if (buffer_too_large(context, *bytes)) {
        found.grade = Grade::kError;
        found.message += *bytes >= kMostLowLatencyBuffer
                             ? ", and DeepEP takes less than 32 GiB"
                             : ", which the experts' weights do not leave";
      }
    }
  }
  const std::optional<FullBatch> batch = vllm_full_batch(role);
  if (prefill) {
    found.changes = {set_flag(kAll2allFlag, "deepep_high_throughput")};
  } else if (batch && batch->tokens() < kManyTokens && role.kind == RoleKind::kDecode) {
    found.changes = {set_flag(kTokensFlag, batch->tokens())};
  } else {
    found.advice =
        "a --max-num-batched-tokens of decode's size, or prefill by instances of their "
        "own with deepep_high_throughput";
  }
  cases.push_back(std::move(found));
}

/// What decode was given to dispatch at once before that was the batch.
std::optional<long long> meant_capacity(const DeployedRole& role) {
  if (const auto batch = vllm_full_batch(role)) return batch->tokens();
  const std::optional<long long> chunk = variable_number(role, kChunkVariable);
  return chunk.value_or(0) > 0 && lacks(role, "max-num-seqs") ? chunk : std::nullopt;
}

void ll_capacity_default(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (role.kind == RoleKind::kPrefill || !exchanges_batched(context)) return;
  if (!lacks(role, kTokensFlag) || !lacks(role, "performance-mode")) return;
  const std::string backend = *vllm_all2all(role);
  const std::optional<int> tokens = default_batched_tokens(context);
  RuleCase found{.message = fmt::format("without --max-num-batched-tokens {} makes its buffers for "
                                        "8192 tokens a rank on GPUs of 70 GiB and more",
                                        backend),
                 .at = place_of_flag(context, kAll2allFlag),
                 .grade = Grade::kWarning};
  if (tokens) {
    found.message =
        fmt::format("without --max-num-batched-tokens {} makes its buffers for {} tokens a rank",
                    backend,
                    *tokens);
    const std::optional<double> bytes = low_latency_bytes(context, *tokens);
    if (bytes && backend == "deepep_low_latency") {
      found.message += ", " + in_gib(*bytes) + " of every GPU";
      if (buffer_too_large(context, *bytes)) found.grade = Grade::kError;
    }
  }
  if (role.kind == RoleKind::kAggregated) {
    found.advice = "a smaller --max-num-batched-tokens, of which prompts are cut into chunks";
  } else if (const auto meant = meant_capacity(role)) {
    found.changes = {set_flag(kTokensFlag, *meant)};
  } else {
    found.advice = "--max-num-batched-tokens of --max-num-seqs times one and the draft tokens";
  }
  cases.push_back(std::move(found));
}

void seqs_times_drafts(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<long long> requests = flag_number(role, "max-num-seqs");
  const std::optional<int> tokens = context.sizes.capacity;
  if (!requests || !tokens) return;
  if (*tokens < *requests) {
    cases.push_back(
        {.message = fmt::format(
             "--max-num-batched-tokens {} is below --max-num-seqs {}: vLLM refuses to start",
             *tokens,
             *requests),
         .at = place_of_flag(context, kTokensFlag),
         .changes = {set_flag(kTokensFlag, *requests)},
         .grade = Grade::kError});
    const std::optional<FullBatch> batch = vllm_full_batch(role);
    if (batch && role.kind == RoleKind::kDecode) {
      cases.back().changes = {set_flag(kTokensFlag, batch->tokens())};
    }
    return;
  }
  const std::optional<FullBatch> batch = vllm_full_batch(role);
  if (role.kind != RoleKind::kDecode || !batch || batch->tokens() <= *tokens) return;
  cases.push_back(
      {.message = fmt::format("{} are {} tokens, above the {} of --max-num-batched-tokens: no more "
                              "than {} of them run at once",
                              text_of(*batch),
                              batch->tokens(),
                              *tokens,
                              *tokens / (1 + batch->drafts)),
       .at = place_of_flag(context, kTokensFlag),
       .changes = {set_flag(kTokensFlag, batch->tokens())},
       .grade = Grade::kWarning});
}

void ll_nvl_waste(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "VLLM_DEEPEP_BUFFER_SIZE_MB";
  if (!exchanges_by(context, "deepep_low_latency")) return;
  if (variable(context.role, kVariable) != nullptr) return;
  cases.push_back({.message = "1 GiB of every GPU goes to a buffer of the high-throughput kernels, "
                              "which deepep_low_latency does not use",
                   .at = place_of_flag(context, kAll2allFlag),
                   .changes = {set_variable(kVariable, "0")}});
}

constexpr std::array kVllmCapacityRules = {
    DeploymentRule{.name = "vllm-ll-for-prefill",
                   .grade = Grade::kError,
                   .what = "Low-latency buffers hold a row for every expert and every token that a "
                           "rank may batch. For the steps of prefill they take tens of GiB, and "
                           "DeepEP refuses them from 32 GiB on.",
                   .fix = "--all2all-backend deepep_high_throughput for prefill, a small "
                          "--max-num-batched-tokens for decode",
                   .proof = Proof::kRead,
                   .source =
                       "vllm/model_executor/layers/fused_moe/all2all_utils.py @02bd2a49; vllm "
                       "#57894",
                   .versions = "before 0.20, where ranks dispatch chunks, of prefill roles alone",
                   .hides = {"deepep-ll-bytes", "nvshmem-qp-depth", "vllm-ll-nvl-waste"},
                   .find = ll_for_prefill},
    DeploymentRule{
        .name = "vllm-ll-capacity-default",
        .grade = Grade::kError,
        .what = "Low-latency kernels make their buffers for as many tokens as a rank may "
                "batch. The default is meant for prefill, 8192 on large GPUs: tens of "
                "GiB with the experts of a large model.",
        .fix = "--max-num-batched-tokens of --max-num-seqs times one and the draft "
               "tokens",
        .proof = Proof::kRead,
        .source = "vllm/model_executor/layers/fused_moe/all2all_utils.py @02bd2a49; vllm "
                  "#39107, #57894",
        .since = kWithoutChunks,
        .find = ll_capacity_default},
    DeploymentRule{.name = "vllm-seqs-times-drafts",
                   .grade = Grade::kError,
                   .what =
                       "A decode step verifies a request's draft tokens and one more. Where a "
                       "full batch of them is above --max-num-batched-tokens, requests wait "
                       "though there is room for them; vLLM refuses fewer tokens than requests.",
                   .fix = "--max-num-batched-tokens of --max-num-seqs times one and the draft "
                          "tokens",
                   .proof = Proof::kExcerpt,
                   .source = "vllm/config/scheduler.py, verify_max_model_len; vllm/config/vllm.py "
                             "@000fc94b",
                   .find = seqs_times_drafts},
    DeploymentRule{.name = "vllm-ll-nvl-waste",
                   .grade = Grade::kAdvice,
                   .what =
                       "vLLM gives DeepEP a buffer for NVLink, 1 GiB where nothing is said, with "
                       "the low-latency kernels too, which have one of their own.",
                   .fix = "VLLM_DEEPEP_BUFFER_SIZE_MB=0 for roles of low-latency kernels",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/device_communicators/all2all.py @00143004",
                   .versions = "those with VLLM_DEEPEP_BUFFER_SIZE_MB",
                   .find = ll_nvl_waste}};

}  // namespace

std::span<const DeploymentRule> vllm_capacity_rules() {
  return kVllmCapacityRules;
}

}  // namespace wideep
