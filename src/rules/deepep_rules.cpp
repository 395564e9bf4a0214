#include <algorithm>
#include <array>

#include "rules/deepep_use.h"
#include "rules/vllm_role.h"

namespace wideep {
namespace {

constexpr std::string_view kSglangDeepEpTokens = "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK";

/// deepep_ll.py@055e47c2, SUPPORTED_HIDDEN_SIZES; DeepEP csrc/kernels/legacy/launch.cuh.
constexpr std::array kDeepEpHidden = {2048, 2560, 3072, 4096, 5120, 6144, 7168, 8192};

std::optional<DeepEpUse> vllm_deepep(const RuleContext& context) {
  const std::string backend = context.sizes.all2all.value_or("");
  DeepEpUse use{.ranks = context.ep_width.value_or(1), .key = kAll2allFlag};
  use.low_latency = backend == "deepep_low_latency";
  use.normal = backend == "deepep_high_throughput";
  // parallel.py@00193b82, use_all2all.
  const bool sends = context.sizes.dp_or_default() > 1 || context.sizes.pcp.value_or(1) > 1;
  if (!sends || (!use.low_latency && !use.normal)) return std::nullopt;
  return use;
}

std::optional<DeepEpUse> sglang_deepep(const RuleContext& context) {
  if (context.sizes.all2all != "deepep" || unresolved(context.role, "deepep-mode")) {
    return std::nullopt;
  }
  const std::string mode = flag_text(context.role, "deepep-mode").value_or("auto");
  // moe_hook.py@003b6ade: this runner has low latency alone, and auto becomes that.
  const bool low_only = flag_text(context.role, "moe-runner-backend") == "flashinfer_cutedsl";
  return DeepEpUse{.ranks = context.ep_width.value_or(1),
                   .low_latency = mode != "normal",
                   .normal = mode == "normal" || (mode == "auto" && !low_only),
                   .key = "moe-a2a-backend"};
}

std::vector<DeploymentRule> all_deepep_rules() {
  std::vector<DeploymentRule> rules;
  for (const auto part : {deepep_shape_rules(), deepep_buffer_rules(), deepep_config_rules()}) {
    rules.insert(rules.end(), part.begin(), part.end());
  }
  return rules;
}

}  // namespace

std::optional<DeepEpUse> deepep_use(const RuleContext& context) {
  if (!context.ep_width || *context.ep_width < 2) return std::nullopt;
  switch (context.role.engine) {
    case ServingEngine::kVllm:
      return vllm_deepep(context);
    case ServingEngine::kSglang:
      return sglang_deepep(context);
    case ServingEngine::kTrtllm:
      break;
  }
  return std::nullopt;
}

std::optional<int> deepep_capacity(const RuleContext& context) {
  constexpr int kSglangDefault = 128;  // environ.py
  if (dispatches_chunks(context)) return chunk_tokens(context.role);
  if (context.sizes.capacity || context.role.engine == ServingEngine::kVllm) {
    return context.sizes.capacity;
  }
  const bool stated = variable(context.role, kSglangDeepEpTokens) != nullptr;
  return stated ? std::nullopt : std::optional(kSglangDefault);
}

Change deepep_capacity_change(const RuleContext& context, long long tokens) {
  if (dispatches_chunks(context)) return set_variable(kChunkVariable, tokens);
  if (context.role.engine == ServingEngine::kVllm) {
    return set_flag(kTokensFlag, tokens);
  }
  return set_variable(kSglangDeepEpTokens, tokens);
}

Place deepep_capacity_place(const RuleContext& context) {
  if (dispatches_chunks(context)) return place_of_variable(context, kChunkVariable);
  if (context.role.engine == ServingEngine::kVllm) {
    return place_of_flag(context, kTokensFlag);
  }
  return variable(context.role, kSglangDeepEpTokens) == nullptr
             ? place_of_flag(context, "moe-a2a-backend")
             : place_of_variable(context, kSglangDeepEpTokens);
}

std::optional<int> deepep_slots(const RuleContext& context) {
  if (context.model == nullptr || !context.model->experts) return std::nullopt;
  const auto redundant = redundant_experts(context.role, context.model->experts);
  if (!redundant) return std::nullopt;
  return *context.model->experts + *redundant;
}

std::optional<int> deepep_hidden(const RuleContext& context) {
  if (context.model == nullptr || !context.model->hidden) return std::nullopt;
  const int hidden = *context.model->hidden;
  if (context.role.engine != ServingEngine::kVllm) return hidden;
  const auto* const rounded = std::lower_bound(kDeepEpHidden.begin(), kDeepEpHidden.end(), hidden);
  return rounded == kDeepEpHidden.end() ? hidden : *rounded;
}

std::optional<long long> deepep_step_tokens(const RuleContext& context) {
  const bool drafts = flag(context.role, "speculative-config") != nullptr ||
                      flag(context.role, "speculative-algorithm") != nullptr;
  if (!context.sizes.max_batch_per_rank) return std::nullopt;
  if (drafts && !context.sizes.draft_tokens) return std::nullopt;
  return static_cast<long long>(*context.sizes.max_batch_per_rank) *
         (1LL + context.sizes.drafts_or_default());
}

std::span<const DeploymentRule> deepep_rules() {
  static const std::vector<DeploymentRule> rules = all_deepep_rules();
  return rules;
}

}  // namespace wideep
