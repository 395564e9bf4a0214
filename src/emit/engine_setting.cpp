#include "emit/engine_setting.h"

#include <algorithm>
#include <array>

namespace wideep {
namespace {

// Files that were read for the names.
constexpr std::string_view kVllmArgs = "vllm/engine/arg_utils.py @2296ed6";
constexpr std::string_view kVllmParallel = "vllm/config/parallel.py @f93ad03";
constexpr std::string_view kVllmKernel = "vllm/config/kernel.py @65a7b3f";
constexpr std::string_view kVllmCache = "vllm/config/cache.py @002f10e";
constexpr std::string_view kVllmServe = "vllm/entrypoints/launchers/cli_args.py @003befe";
constexpr std::string_view kVllmEnvs = "vllm/envs.py, an excerpt";
constexpr std::string_view kDeepEp = "DeepEP deep_ep/buffer.py, as its pull request 427 has it";
constexpr std::string_view kVllmAll2all =
    "vllm/distributed/device_communicators/all2all.py @00143004";
constexpr std::string_view kSglParallel = "sglang arg_groups/fields/parallel.py @9b1fab9";
constexpr std::string_view kSglExec = "sglang arg_groups/fields/exec_.py @01d795f";
constexpr std::string_view kSglSchedule = "sglang arg_groups/fields/schedule.py @001b886";
constexpr std::string_view kSglSpec = "sglang arg_groups/fields/spec.py @015c872";
constexpr std::string_view kSglDisagg = "sglang arg_groups/fields/disagg.py @07a7b67";
constexpr std::string_view kSglModel = "sglang arg_groups/fields/model.py @0116c60";
constexpr std::string_view kSglEnviron = "sglang srt/environ.py, an excerpt";
constexpr std::string_view kTrtArgs = "tensorrt_llm/llmapi/llm_args.py @0004396";
constexpr std::string_view kTrtComm =
    "tensorrt_llm/_torch/modules/fused_moe/communication/communication_factory.py @03c36d6";

using Scope = SettingScope;

constexpr std::array kVllm = {
    EngineSetting{"tensor-parallel-size", Scope::kRank, kVllmParallel},
    EngineSetting{"decode-context-parallel-size", Scope::kRank, kVllmParallel},
    EngineSetting{"data-parallel-size", Scope::kInstance, kVllmParallel},
    EngineSetting{"data-parallel-size-local", Scope::kNode, kVllmArgs},
    EngineSetting{"data-parallel-start-rank", Scope::kNode, kVllmArgs},
    EngineSetting{"data-parallel-address", Scope::kInstance, kVllmArgs},
    EngineSetting{"headless", Scope::kNode, kVllmServe},
    EngineSetting{"nnodes", Scope::kInstance, kVllmParallel},
    EngineSetting{"node-rank", Scope::kNode, kVllmParallel},
    EngineSetting{"master-addr", Scope::kInstance, kVllmParallel},
    EngineSetting{"enable-expert-parallel", Scope::kInstance, kVllmParallel},
    EngineSetting{"all2all-backend", Scope::kInstance, kVllmParallel},
    EngineSetting{"moe-backend", Scope::kInstance, kVllmKernel},
    EngineSetting{"disable-custom-all-reduce", Scope::kInstance, kVllmArgs},
    EngineSetting{"max-num-seqs", Scope::kRank, kVllmArgs},
    EngineSetting{"max-num-batched-tokens", Scope::kRank, kVllmArgs},
    EngineSetting{"max-cudagraph-capture-size", Scope::kRank, kVllmArgs},
    EngineSetting{"enable-dbo", Scope::kInstance, kVllmParallel},
    EngineSetting{"dbo-decode-token-threshold", Scope::kRank, kVllmParallel},
    EngineSetting{"dbo-prefill-token-threshold", Scope::kRank, kVllmParallel},
    EngineSetting{"enable-eplb", Scope::kInstance, kVllmParallel},
    EngineSetting{"eplb-config", Scope::kInstance, kVllmParallel},
    EngineSetting{"kv-cache-dtype", Scope::kInstance, kVllmCache},
    EngineSetting{"gpu-memory-utilization", Scope::kNode, kVllmCache},
    EngineSetting{"speculative-config", Scope::kInstance, kVllmArgs},
    EngineSetting{"kv-transfer-config", Scope::kInstance, kVllmArgs},
    EngineSetting{"compilation-config", Scope::kInstance, kVllmArgs},
    EngineSetting{"VLLM_DBO_COMM_SMS", Scope::kNode, kVllmEnvs},
    EngineSetting{"VLLM_DEEPEP_LOW_LATENCY_USE_MNNVL", Scope::kNode, kVllmEnvs},
    EngineSetting{"NVSHMEM_QP_DEPTH", Scope::kNode, kDeepEp},
    EngineSetting{"NCCL_MNNVL_ENABLE", Scope::kNode, kVllmAll2all},
    EngineSetting{"NCCL_CUMEM_ENABLE", Scope::kNode, kVllmAll2all},
    EngineSetting{"VLLM_DEEPEP_BUFFER_SIZE_MB", Scope::kNode, kVllmEnvs}};

constexpr EngineVersion kGraphPhases{.major = 0, .minor = 5, .patch = 14};

constexpr std::array kSglang = {
    EngineSetting{"tp-size", Scope::kInstance, kSglParallel},
    EngineSetting{"dp-size", Scope::kInstance, kSglParallel},
    EngineSetting{"enable-dp-attention", Scope::kInstance, kSglParallel},
    EngineSetting{"enable-dp-lm-head", Scope::kInstance, kSglParallel},
    EngineSetting{"moe-dense-tp-size", Scope::kInstance, kSglParallel},
    EngineSetting{"ep-size", Scope::kInstance, kSglParallel},
    EngineSetting{"dcp-size", Scope::kInstance, kSglParallel},
    EngineSetting{"nnodes", Scope::kInstance, kSglParallel},
    EngineSetting{"node-rank", Scope::kNode, kSglParallel},
    EngineSetting{"dist-init-addr", Scope::kInstance, kSglParallel},
    EngineSetting{"moe-a2a-backend", Scope::kInstance, kSglExec},
    EngineSetting{"deepep-mode", Scope::kInstance, kSglExec},
    EngineSetting{"disable-custom-all-reduce", Scope::kInstance, kSglParallel},
    EngineSetting{"max-running-requests", Scope::kInstance, kSglSchedule},
    EngineSetting{"chunked-prefill-size", Scope::kInstance, kSglSchedule},
    EngineSetting{"max-prefill-tokens", Scope::kRank, kSglSchedule},
    EngineSetting{
        "cuda-graph-max-bs-decode", Scope::kRank, kSglExec, "cuda-graph-max-bs", kGraphPhases},
    EngineSetting{"cuda-graph-backend-decode", Scope::kRank, kSglExec},
    EngineSetting{"enable-two-batch-overlap", Scope::kInstance, kSglExec},
    EngineSetting{"enable-single-batch-overlap", Scope::kInstance, kSglExec},
    EngineSetting{"enable-eplb", Scope::kInstance, kSglExec},
    EngineSetting{"ep-num-redundant-experts", Scope::kInstance, kSglExec},
    EngineSetting{"eplb-rebalance-num-iterations", Scope::kInstance, kSglExec},
    EngineSetting{"ep-dispatch-algorithm", Scope::kInstance, kSglExec},
    EngineSetting{"kv-cache-dtype", Scope::kInstance, kSglModel},
    EngineSetting{"mem-fraction-static", Scope::kNode, kSglSchedule},
    EngineSetting{"speculative-algorithm", Scope::kInstance, kSglSpec},
    EngineSetting{"speculative-num-steps", Scope::kInstance, kSglSpec},
    EngineSetting{"speculative-eagle-topk", Scope::kInstance, kSglSpec},
    EngineSetting{"speculative-num-draft-tokens", Scope::kInstance, kSglSpec},
    EngineSetting{"disaggregation-mode", Scope::kInstance, kSglDisagg},
    EngineSetting{"disaggregation-transfer-backend", Scope::kInstance, kSglDisagg},
    EngineSetting{"SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK", Scope::kRank, kSglEnviron},
    EngineSetting{"SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK", Scope::kRank, kSglEnviron},
    EngineSetting{"SGLANG_FLASHINFER_NUM_MAX_DISPATCH_TOKENS_PER_RANK", Scope::kRank, kSglEnviron},
    EngineSetting{
        "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK", Scope::kRank, kSglEnviron}};

constexpr EngineVersion kDraftLength{.major = 1, .minor = 3, .patch = 0};

constexpr std::array kTrtllm = {
    EngineSetting{"tensor_parallel_size", Scope::kInstance, kTrtArgs},
    EngineSetting{"moe_expert_parallel_size", Scope::kInstance, kTrtArgs},
    EngineSetting{"moe_tensor_parallel_size", Scope::kInstance, kTrtArgs},
    EngineSetting{"gpus_per_node", Scope::kNode, kTrtArgs},
    EngineSetting{"enable_attention_dp", Scope::kInstance, kTrtArgs},
    EngineSetting{"enable_chunked_prefill", Scope::kInstance, kTrtArgs},
    EngineSetting{"disable_overlap_scheduler", Scope::kInstance, kTrtArgs},
    EngineSetting{"allreduce_strategy", Scope::kInstance, kTrtArgs},
    EngineSetting{"max_batch_size", Scope::kRank, kTrtArgs},
    EngineSetting{"max_num_tokens", Scope::kRank, kTrtArgs},
    EngineSetting{"cuda_graph_config", Scope::kRank, kTrtArgs},
    EngineSetting{"cuda_graph_config.enable_padding", Scope::kRank, kTrtArgs},
    EngineSetting{"cuda_graph_config.max_batch_size", Scope::kRank, kTrtArgs},
    EngineSetting{"kv_cache_config.dtype", Scope::kInstance, kTrtArgs},
    EngineSetting{"kv_cache_config.free_gpu_memory_fraction", Scope::kNode, kTrtArgs},
    EngineSetting{"moe_config.backend", Scope::kInstance, kTrtArgs},
    EngineSetting{"moe_config.max_num_tokens", Scope::kInstance, kTrtArgs},
    EngineSetting{"moe_config.load_balancer.num_slots", Scope::kInstance, kTrtArgs},
    EngineSetting{"moe_config.load_balancer.layer_updates_per_iter", Scope::kInstance, kTrtArgs},
    EngineSetting{"speculative_config.decoding_type", Scope::kInstance, kTrtArgs},
    EngineSetting{"speculative_config.max_draft_len",
                  Scope::kInstance,
                  kTrtArgs,
                  "speculative_config.num_nextn_predict_layers",
                  kDraftLength},
    EngineSetting{"cache_transceiver_config.backend", Scope::kInstance, kTrtArgs},
    EngineSetting{"cache_transceiver_config.max_tokens_in_buffer", Scope::kInstance, kTrtArgs},
    EngineSetting{"TRTLLM_FORCE_COMM_METHOD", Scope::kInstance, kTrtComm}};

constexpr std::array<std::string_view, 40> kAnswer = {
    "tensor-parallel-size",
    "decode-context-parallel-size",
    "data-parallel-size",
    "enable-expert-parallel",
    "all2all-backend",
    "moe-backend",
    "max-num-seqs",
    "max-num-batched-tokens",
    "enable-dbo",
    "dbo-decode-token-threshold",
    "dbo-prefill-token-threshold",
    "eplb-config",
    "speculative-config",
    "VLLM_DBO_COMM_SMS",
    "tp-size",
    "dp-size",
    "enable-dp-attention",
    "ep-size",
    "dcp-size",
    "moe-a2a-backend",
    "deepep-mode",
    "max-running-requests",
    "chunked-prefill-size",
    "enable-two-batch-overlap",
    "enable-single-batch-overlap",
    "ep-num-redundant-experts",
    "speculative-num-steps",
    "tensor_parallel_size",
    "moe_expert_parallel_size",
    "moe_tensor_parallel_size",
    "enable_attention_dp",
    "max_batch_size",
    "max_num_tokens",
    "moe_config.backend",
    "moe_config.max_num_tokens",
    "moe_config.load_balancer.num_slots",
    "speculative_config.max_draft_len",
    "speculative_config.num_nextn_predict_layers",
    "TRTLLM_FORCE_COMM_METHOD",
    "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK"};

}  // namespace

bool makes_answer(std::string_view key) {
  return std::find(kAnswer.begin(), kAnswer.end(), key) != kAnswer.end();
}

std::span<const EngineSetting> engine_settings(ServingEngine engine) {
  switch (engine) {
    case ServingEngine::kVllm:
      return kVllm;
    case ServingEngine::kSglang:
      return kSglang;
    case ServingEngine::kTrtllm:
      break;
  }
  return kTrtllm;
}

EngineVersion oldest_known(ServingEngine engine) {
  constexpr EngineVersion kOldVllm{.major = 0, .minor = 12};
  constexpr EngineVersion kOldSglang{.major = 0, .minor = 5};
  constexpr EngineVersion kOldTrtllm{.major = 1};
  switch (engine) {
    case ServingEngine::kVllm:
      return kOldVllm;
    case ServingEngine::kSglang:
      return kOldSglang;
    case ServingEngine::kTrtllm:
      break;
  }
  return kOldTrtllm;
}

std::string_view name_in(ServingEngine engine,
                         std::string_view key,
                         const std::optional<EngineVersion>& version) {
  const auto settings = engine_settings(engine);
  const auto found = std::find_if(
      settings.begin(), settings.end(), [key](const EngineSetting& one) { return one.key == key; });
  if (found == settings.end() || found->old.empty()) return key;
  return version && *version < found->since ? found->old : found->key;
}

}  // namespace wideep
