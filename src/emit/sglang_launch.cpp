// SGLang's settings of a role. docs/engines.md#sglang
#include <algorithm>

#include <fmt/format.h>

#include "emit/engine_launch.h"

namespace wideep {
namespace {

void add_sglang_sizes(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  const Config& config = shape.config();
  auto& flags = launch.flags;
  flags.push_back({"tp-size", number(shape.gpus()), "GPUs of the instance"});
  if (shape.groups() > 1) {
    flags.push_back({"dp-size", number(shape.groups()), "ranks of attention, of these GPUs"});
    flags.push_back({"enable-dp-attention", "", ""});
    flags.push_back({"enable-dp-lm-head", "", "no gather for the output head"});
    flags.push_back({"moe-dense-tp-size", "1", "dense layers on each rank by itself"});
  }
  if (config.attention.cache_ranks > 1) {
    flags.push_back({"dcp-size", number(config.attention.cache_ranks), ""});
    if (shape.groups() > 1) {
      doubts.refused.push_back(
          {.kind = shape.kind,
           .text = fmt::format("{}: SGLang cuts caches over all of an instance or not at all",
                               name_of(shape.kind)),
           .about = RuleAbout::kAttentionGroups});
    }
  }
  if (config.ep_width > 1) flags.push_back({"ep-size", number(config.ep_width), ""});
}

/// The variable that says how many tokens of a rank an all-to-all is made for.
const char* capacity_variable(const std::optional<Library>& library) {
  if (library == Library::kDeepEpLl) return "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  if (library == Library::kDeepEpV2) return "SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  if (library == Library::kNvlinkOneSided) {
    return "SGLANG_FLASHINFER_NUM_MAX_DISPATCH_TOKENS_PER_RANK";
  }
  if (library == Library::kMegaMoe) return "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK";
  return nullptr;
}

void add_sglang_batch(const RoleShape& shape, Launch& launch) {
  auto& flags = launch.flags;
  const int decoded = shape.requests * (1 + shape.drafts);
  if (shape.requests > 0) {
    flags.push_back(
        {"max-running-requests", number(1LL * shape.requests * shape.groups()), "of the instance"});
    if (has_no_graphs(shape, ServingEngine::kSglang) && !shape.config().copies_tokens()) {
      flags.push_back({"cuda-graph-backend-decode", "disabled", "its all-to-all has none"});
    } else {
      flags.push_back({"cuda-graph-max-bs-decode", number(shape.requests), "the whole batch"});
    }
  }
  if (shape.kind == RoleKind::kPrefill && shape.drafts > 0) {
    // With drafts SGLang takes 48 requests where nothing is said.
    const int each = 2 * (1 + shape.group_tokens / std::max(1, shape.longest_prompt));
    flags.push_back({"max-running-requests", number(1LL * each * shape.groups()), ""});
  }
  const int prompts = shape.kind == RoleKind::kDecode ? 0 : shape.group_tokens - decoded;
  if (prompts > 0) {
    flags.push_back({"chunked-prefill-size",
                     number(1LL * prompts * shape.groups()),
                     fmt::format("{} tokens of prompts in a step of each rank", prompts)});
    flags.push_back({"max-prefill-tokens", number(prompts), "of each rank"});
  }
  const char* const variable = capacity_variable(library_in(shape, ServingEngine::kSglang));
  if (variable != nullptr && !shape.config().copies_tokens()) {
    launch.variables.push_back({variable,
                                number(capacity_for(std::max(shape.group_tokens, decoded))),
                                "tokens that dispatch is made for"});
  }
}

void add_sglang_drafts(const RoleShape& shape, Launch& launch) {
  if (shape.drafts == 0) return;
  auto& flags = launch.flags;
  flags.push_back({"speculative-algorithm", "EAGLE", "the model's own drafts"});
  flags.push_back({"speculative-num-steps", number(shape.drafts), ""});
  flags.push_back({"speculative-eagle-topk", "1", ""});
  flags.push_back(
      {"speculative-num-draft-tokens", number(shape.drafts + 1), "with the one that is verified"});
}

}  // namespace

void add_sglang_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  add_sglang_sizes(shape, launch, doubts);
  if (reduces_by_nccl(shape, ServingEngine::kSglang)) {
    launch.flags.push_back({"disable-custom-all-reduce", "", "NCCL's is faster here"});
  }
  for (LaunchSetting& setting : kernel_settings(shape, ServingEngine::kSglang)) {
    launch.flags.push_back(std::move(setting));
  }
  add_sglang_batch(shape, launch);
  if (shape.redundant() > 0) {
    launch.flags.push_back({"enable-eplb", "", ""});
    launch.flags.push_back(
        {"ep-num-redundant-experts", number(shape.redundant()), "copies of busy experts"});
    launch.flags.push_back({"eplb-rebalance-num-iterations", "1000", "steps between placements"});
    // Without an all-to-all every rank must pick the same copy.
    const bool alike = library_in(shape, ServingEngine::kSglang) == Library::kNccl ||
                       shape.config().copies_tokens();
    launch.flags.push_back(
        {"ep-dispatch-algorithm", alike ? "dynamic" : "static", "which copy a token goes to"});
  }
  add_sglang_drafts(shape, launch);
  if (has_fp8_cache(shape)) {
    launch.flags.push_back({"kv-cache-dtype", "fp8_e4m3", ""});
  }
  if (const auto& memory = shape.prediction.memory) {
    const Bytes kept = memory->expert_weights + memory->other_weights + memory->cache;
    if (const auto share = share_of(kept, memory->capacity)) {
      launch.flags.push_back(
          {"mem-fraction-static", fmt::format("{:.2f}", *share), "weights and caches"});
    }
  }
  if (shape.apart) {
    const std::string mode(name_of(shape.kind));
    launch.flags.push_back({"disaggregation-mode", mode, ""});
    launch.flags.push_back(
        {"disaggregation-transfer-backend", "mooncake", "the same in both roles"});
  }
  if (library_in(shape, ServingEngine::kSglang) == Library::kDeepEpHt && shape.config().sms > 0) {
    doubts.cannot.push_back(
        fmt::format("{}: HT on {} SMs; --deepep-config would want chunk sizes beside them",
                    name_of(shape.kind),
                    shape.config().sms));
  }
}

}  // namespace wideep
