// vLLM's settings of a role. docs/engines.md#vllm
#include <fmt/format.h>

#include "emit/engine_launch.h"

namespace wideep {
namespace {

void add_vllm_sizes(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  const Config& config = shape.config();
  auto& flags = launch.flags;
  flags.push_back({"tensor-parallel-size",
                   number(config.attention.ranks),
                   config.attention.ranks > 1 ? "GPUs that share their requests" : ""});
  if (config.attention.cache_ranks > 1) {
    flags.push_back({"decode-context-parallel-size",
                     number(config.attention.cache_ranks),
                     "of them, over which the cache of a request is cut"});
  }
  if (shape.groups() > 1) {
    flags.push_back(
        {"data-parallel-size", number(shape.groups()), "ranks with requests of their own"});
  }
  if (config.experts != Experts::kTp) {
    flags.push_back({"enable-expert-parallel", "", fmt::format("EP {}", config.ep_width)});
  } else if (config.ep_width > 1) {
    doubts.refused.push_back(
        {.kind = shape.kind,
         .text =
             fmt::format("{}: vLLM cuts experts over all GPUs or over none", name_of(shape.kind)),
         .about = RuleAbout::kCutExperts});
  }
  const bool spread = launch.nodes > 1 && config.attention.ranks > launch.gpus_per_node;
  if (spread && shape.groups() > 1) {
    doubts.refused.push_back({.kind = shape.kind,
                              .text = fmt::format("{}: ranks of data parallelism that reach over "
                                                  "nodes, {} GPUs each, are not known of vLLM",
                                                  name_of(shape.kind),
                                                  config.attention.ranks),
                              .about = RuleAbout::kAttentionGroups});
  }
}

/// Tokens of a rank's step, drafts and prompts included, and what is captured of it.
void add_vllm_batch(const RoleShape& shape, Launch& launch) {
  auto& flags = launch.flags;
  const int decoded = shape.requests * (1 + shape.drafts);
  if (shape.requests > 0) {
    flags.push_back({"max-num-seqs", number(shape.requests), "requests at once, of each rank"});
  }
  const int tokens = capacity_for(std::max(shape.group_tokens, decoded));
  flags.push_back({"max-num-batched-tokens",
                   number(tokens),
                   shape.kind == RoleKind::kDecode ? "tokens that dispatch is made for"
                                                   : "tokens of a step, of each rank"});
  if (shape.requests == 0) return;
  // vLLM switches graphs off by itself, and says so in its log alone.
  if (has_no_graphs(shape, ServingEngine::kVllm) && !shape.config().copies_tokens()) {
    flags.push_back(
        {"compilation-config", R"({"cudagraph_mode": "NONE"})", "its all-to-all has none"});
  } else {
    flags.push_back(
        {"max-cudagraph-capture-size", number(decoded), "the whole batch in one CUDA graph"});
  }
}

void add_vllm_cache(const RoleShape& shape, Launch& launch) {
  if (has_fp8_cache(shape)) {
    launch.flags.push_back({"kv-cache-dtype", "fp8", ""});
  }
  constexpr double kDefaultShare = 0.92;  // vllm/config/cache.py @002f10e
  if (const auto& memory = shape.prediction.memory) {
    const auto share = share_of(memory->total() - memory->reserved, memory->capacity);
    if (share && *share > kDefaultShare) {
      launch.flags.push_back(
          {"gpu-memory-utilization", fmt::format("{:.2f}", *share), "weights, caches and buffers"});
    }
  }
  if (!shape.apart) return;
  const char* const role = shape.kind == RoleKind::kPrefill ? "kv_producer" : "kv_consumer";
  launch.flags.push_back(
      {"kv-transfer-config",
       fmt::format(R"({{"kv_connector": "NixlConnector", "kv_role": "{}"}})", role),
       "caches go from prefill to decode"});
}

}  // namespace

void add_vllm_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts) {
  const Config& config = shape.config();
  add_vllm_sizes(shape, launch, doubts);
  if (reduces_by_nccl(shape, ServingEngine::kVllm)) {
    launch.flags.push_back({"disable-custom-all-reduce", "", "NCCL's is faster here"});
  }
  for (LaunchSetting& setting : kernel_settings(shape, ServingEngine::kVllm)) {
    launch.flags.push_back(std::move(setting));
  }
  add_vllm_batch(shape, launch);
  if (shape.redundant() > 0) {
    launch.flags.push_back({"enable-eplb", "", ""});
    launch.flags.push_back(
        {"eplb-config",
         fmt::format(
             R"({{"num_redundant_experts": {}, "window_size": 3000, "step_interval": 3000}})",
             shape.redundant()),
         "copies of busy experts, placed anew every 3,000 steps"});
  }
  if (shape.drafts > 0) {
    launch.flags.push_back(
        {"speculative-config",
         fmt::format(R"({{"method": "mtp", "num_speculative_tokens": {}}})", shape.drafts),
         ""});
  }
  add_vllm_cache(shape, launch);
  const std::optional<Library> library = library_in(shape, ServingEngine::kVllm);
  if (library == Library::kDeepEpLl) {
    launch.variables.push_back(
        {"VLLM_DEEPEP_BUFFER_SIZE_MB", "0", "the other kernels' buffer, which LL does not use"});
  }
  constexpr int kDefaultDepth = 1'024;  // NVSHMEM's; DeepEP asks for two a token and two more
  const int depth = 2 * (capacity_for(shape.group_tokens) + 1);
  if (library == Library::kDeepEpLl && depth > kDefaultDepth) {
    int power = kDefaultDepth;
    while (power < depth) power *= 2;
    launch.variables.push_back({"NVSHMEM_QP_DEPTH", number(power), "queues for that many tokens"});
  }
  const bool joined = shape.problem->fabric.gpus_per_domain > launch.gpus_per_node;
  if (library == Library::kDeepEpLl && joined && launch.nodes > 1) {
    for (const char* const name :
         {"VLLM_DEEPEP_LOW_LATENCY_USE_MNNVL", "NCCL_MNNVL_ENABLE", "NCCL_CUMEM_ENABLE"}) {
      launch.variables.push_back({name, "1", "NVLink between machines"});
    }
  }
  const bool ht = library == Library::kDeepEpHt;
  if (ht && config.overlap == Overlap::kDbo) {
    launch.variables.push_back({"VLLM_DBO_COMM_SMS", number(config.sms), "SMs that HT holds"});
  } else if (ht && config.sms > 0) {
    doubts.cannot.push_back(
        fmt::format("{}: HT on {} SMs; vLLM leaves them to DeepEP without dual-batch overlap",
                    name_of(shape.kind),
                    config.sms));
  }
}

}  // namespace wideep
