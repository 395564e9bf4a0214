// TensorRT-LLM's options of a role. docs/engines.md#tensorrt-llm
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "emit/engine_launch.h"

namespace wideep {
namespace {

void add_trtllm_sizes(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  const Config& config = shape.config();
  const std::string role(name_of(shape.kind));
  auto& flags = launch.flags;
  flags.push_back({"tensor_parallel_size", number(shape.gpus()), "GPUs of the instance"});
  flags.push_back({"moe_expert_parallel_size",
                   number(config.ep_width),
                   config.ep_width > 1 ? "that share the experts" : "each expert is cut"});
  if (config.expert_ranks > 1) {
    flags.push_back({"moe_tensor_parallel_size", number(config.expert_ranks), ""});
  }
  if (launch.nodes > 1) flags.push_back({"gpus_per_node", number(launch.gpus_per_node), ""});
  flags.push_back({"enable_attention_dp",
                   shape.groups() > 1 ? "true" : "false",
                   shape.groups() > 1 ? "each rank has requests of its own" : ""});
  if (shape.groups() > 1 && config.attention.ranks > 1) {
    doubts.refused.push_back(
        {.kind = shape.kind,
         .text = fmt::format(
             "{}: TensorRT-LLM has data-parallel attention over all ranks or none, no groups of {}",
             role,
             config.attention.ranks),
         .about = RuleAbout::kAttentionGroups});
  }
  if (config.attention.cache_ranks > 1) {
    doubts.refused.push_back(
        {.kind = shape.kind,
         .text = fmt::format(
             "{}: caches that are cut over ranks of TensorRT-LLM are not priced here", role),
         .about = RuleAbout::kAttentionGroups});
  }
}

void add_trtllm_batch(const RoleShape& shape, Launch& launch) {
  auto& flags = launch.flags;
  const int decoded = shape.requests * (1 + shape.drafts);
  if (shape.requests > 0) {
    flags.push_back({"max_batch_size", number(shape.requests), "requests at once, of each rank"});
  }
  flags.push_back({"max_num_tokens",
                   number(capacity_for(std::max(shape.group_tokens, decoded))),
                   "tokens of a step, of each rank"});
  if (shape.kind != RoleKind::kDecode) {
    flags.push_back({"enable_chunked_prefill", "true", "prompts longer than a step"});
  }
  if (shape.kind == RoleKind::kPrefill) {
    flags.push_back(
        {"disable_overlap_scheduler", "true", "one token a request: nothing to overlap"});
    flags.push_back({"cuda_graph_config", "null", "no graphs of prompts"});
    return;
  }
  flags.push_back({"cuda_graph_config.enable_padding", "true", ""});
  flags.push_back({"cuda_graph_config.max_batch_size", number(shape.requests), "the whole batch"});
}

void add_trtllm_experts(const RoleShape& shape, Launch& launch) {
  const Config& config = shape.config();
  if (config.overlap == Overlap::kChunk && config.chunks > 1) {
    const double all = 1.0 * shape.group_tokens * shape.groups();
    launch.flags.push_back({"moe_config.max_num_tokens",
                            number(static_cast<long long>(std::ceil(all / config.chunks))),
                            fmt::format("of all ranks: {} chunks", config.chunks)});
  }
  if (shape.redundant() == 0) return;
  const int experts = shape.problem->workload.model.experts.value_or(0);
  launch.flags.push_back({"moe_config.load_balancer.num_slots",
                          number(experts + shape.redundant()),
                          fmt::format("{} experts and {} copies", experts, shape.redundant())});
  launch.flags.push_back({"moe_config.load_balancer.layer_updates_per_iter", "1", ""});
}

}  // namespace

void add_trtllm_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  add_trtllm_sizes(shape, launch, doubts);
  if (reduces_by_nccl(shape, ServingEngine::kTrtllm)) {
    launch.flags.push_back({"allreduce_strategy", "NCCL", "it is faster here"});
  }
  for (LaunchSetting& setting : kernel_settings(shape, ServingEngine::kTrtllm)) {
    const bool variable = setting.key.starts_with("TRTLLM_");
    // Chunks are tokens, below.
    if (setting.key == "moe_config.max_num_tokens") continue;
    (variable ? launch.variables : launch.flags).push_back(std::move(setting));
  }
  add_trtllm_batch(shape, launch);
  add_trtllm_experts(shape, launch);
  if (shape.drafts > 0) {
    launch.flags.push_back({"speculative_config.decoding_type", "MTP", ""});
    launch.flags.push_back({"speculative_config.max_draft_len", number(shape.drafts), ""});
  }
  if (has_fp8_cache(shape)) {
    launch.flags.push_back({"kv_cache_config.dtype", "fp8", ""});
  }
  constexpr double kDefaultShare = 0.9;  // trtllm_serve_cli.yaml @029e223
  if (const auto& memory = shape.prediction.memory) {
    const Bytes left = memory->capacity - memory->expert_weights - memory->other_weights;
    const auto share = share_of(memory->cache, left);
    if (share && *share > kDefaultShare) {
      launch.flags.push_back({"kv_cache_config.free_gpu_memory_fraction",
                              fmt::format("{:.2f}", *share),
                              "of what weights leave"});
    }
  }
  if (shape.apart) {
    launch.flags.push_back({"cache_transceiver_config.backend", "DEFAULT", "the same in both"});
    launch.flags.push_back({"cache_transceiver_config.max_tokens_in_buffer",
                            number(capacity_for(shape.longest_prompt)),
                            "a whole prompt"});
  }
}

}  // namespace wideep
