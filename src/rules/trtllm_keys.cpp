#include "rules/trtllm_keys.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "input/suggest.h"

namespace wideep {
namespace {

// llm_args.py@00043967, TorchLlmArgs and what it is made of, with keys that earlier 1.x have.
constexpr auto kTrtllmTopKeys =
    std::to_array<std::string_view>({"model",
                                     "tokenizer",
                                     "tokenizer_mode",
                                     "custom_tokenizer",
                                     "post_processor_hook",
                                     "skip_tokenizer_init",
                                     "trust_remote_code",
                                     "tensor_parallel_size",
                                     "dtype",
                                     "revision",
                                     "tokenizer_revision",
                                     "model_kwargs",
                                     "pipeline_parallel_size",
                                     "context_parallel_size",
                                     "gpus_per_node",
                                     "moe_cluster_parallel_size",
                                     "moe_tensor_parallel_size",
                                     "moe_expert_parallel_size",
                                     "enable_attention_dp",
                                     "enable_lm_head_tp_in_adp",
                                     "pp_partition",
                                     "cp_config",
                                     "load_format",
                                     "enable_lora",
                                     "lora_config",
                                     "max_lora_rank",
                                     "max_loras",
                                     "max_cpu_loras",
                                     "kv_cache_config",
                                     "enable_chunked_prefill",
                                     "guided_decoding_backend",
                                     "batched_logits_processor",
                                     "iter_stats_max_iterations",
                                     "request_stats_max_iterations",
                                     "peft_cache_config",
                                     "scheduler_config",
                                     "cache_transceiver_config",
                                     "sparse_attention_config",
                                     "kv_cache_compression_config",
                                     "speculative_config",
                                     "max_batch_size",
                                     "max_input_len",
                                     "max_seq_len",
                                     "max_beam_width",
                                     "max_num_tokens",
                                     "gather_generation_logits",
                                     "gather_context_logits",
                                     "num_postprocess_workers",
                                     "postprocess_tokenizer_dir",
                                     "num_serve_frontends",
                                     "reasoning_parser",
                                     "tool_parser",
                                     "decoding_config",
                                     "mpi_session",
                                     "otlp_traces_endpoint",
                                     "backend",
                                     "return_perf_metrics",
                                     "perf_metrics_output_dir",
                                     "perf_metrics_max_requests",
                                     "prometheus_metrics_config",
                                     "enable_energy_metrics",
                                     "orchestrator_type",
                                     "env_overrides",
                                     "telemetry_config",
                                     "generation_config",
                                     "garbage_collection_gen0_threshold",
                                     "cuda_graph_config",
                                     "encoder_cuda_graph_config",
                                     "multimodal_config",
                                     "attention_dp_config",
                                     "disable_overlap_scheduler",
                                     "moe_config",
                                     "nvfp4_gemm_config",
                                     "dwdp_config",
                                     "encoder_max_batch_size",
                                     "encoder_max_num_tokens",
                                     "attn_backend",
                                     "enable_mla_skip_correction",
                                     "mla_skip_correction_threshold",
                                     "sampler_force_async_worker",
                                     "enable_in_graph_sampling",
                                     "enable_early_first_token_response",
                                     "enable_low_latency_host_dispatch",
                                     "enable_iter_perf_stats",
                                     "enable_iter_req_stats",
                                     "print_iter_log",
                                     "batch_wait_timeout_ms",
                                     "batch_wait_timeout_iters",
                                     "batch_wait_max_tokens_ratio",
                                     "torch_compile_config",
                                     "prefill_cuda_graph_backend",
                                     "prefill_capture_num_tokens",
                                     "enable_autotuner",
                                     "use_fine_grained_sync",
                                     "enable_layerwise_nvtx_marker",
                                     "enable_min_latency",
                                     "stream_interval",
                                     "force_dynamic_quantization",
                                     "allreduce_strategy",
                                     "checkpoint_loader",
                                     "checkpoint_format",
                                     "checkpoint_io_policy",
                                     "mx_config",
                                     "gms_config",
                                     "encode_only",
                                     "mm_encoder_only",
                                     "sampler_type",
                                     "kv_connector_config",
                                     "quant_config",
                                     "enable_sleep",
                                     "sleep_config",
                                     "ray_worker_extension_cls"});

constexpr auto kTrtllmMoeKeys = std::to_array<std::string_view>({"backend",
                                                                 "max_num_tokens",
                                                                 "load_balancer",
                                                                 "disable_finalize_fusion",
                                                                 "use_low_precision_moe_combine"});

constexpr auto kTrtllmGraphKeys = std::to_array<std::string_view>({"batch_sizes",
                                                                   "max_batch_size",
                                                                   "enable_padding",
                                                                   "mode",
                                                                   "num_tokens",
                                                                   "max_num_token",
                                                                   "seq_lens",
                                                                   "max_seq_len"});

constexpr auto kTrtllmTransceiverKeys =
    std::to_array<std::string_view>({"backend",
                                     "transceiver_runtime",
                                     "max_tokens_in_buffer",
                                     "kv_transfer_timeout_ms",
                                     "kv_transfer_sender_future_timeout_ms",
                                     "kv_transfer_poll_interval_ms",
                                     "kv_cache_bounce_size_mb",
                                     "enable_pipelined_transfer"});

constexpr auto kTrtllmCacheKeys =
    std::to_array<std::string_view>({"enable_block_reuse",
                                     "max_tokens",
                                     "max_attention_window",
                                     "sink_token_length",
                                     "free_gpu_memory_fraction",
                                     "host_cache_size",
                                     "disk_cache_size",
                                     "disk_cache_path",
                                     "secondary_offload_min_priority",
                                     "event_buffer_max_size",
                                     "attention_dp_events_gather_period_ms",
                                     "enable_partial_reuse",
                                     "copy_on_partial_reuse",
                                     "use_uvm",
                                     "max_gpu_total_bytes",
                                     "iteration_stats_interval",
                                     "dtype",
                                     "mamba_ssm_cache_dtype",
                                     "tokens_per_block",
                                     "use_kv_cache_manager_v2",
                                     "block_reuse_config"});

using TrtllmRenamed = std::pair<std::string_view, std::string_view>;

/// Keys that lay flat at the top before 1.0.
constexpr std::array<TrtllmRenamed, 10> kTrtllmFlat = {
    {{"use_cuda_graph", "cuda_graph_config"},
     {"cuda_graph_batch_sizes", "cuda_graph_config.batch_sizes"},
     {"cuda_graph_max_batch_size", "cuda_graph_config.max_batch_size"},
     {"cuda_graph_padding_enabled", "cuda_graph_config.enable_padding"},
     {"moe_backend", "moe_config.backend"},
     {"moe_max_num_tokens", "moe_config.max_num_tokens"},
     {"moe_load_balancer", "moe_config.load_balancer"},
     {"kv_cache_dtype", "kv_cache_config.dtype"},
     {"enable_overlap_scheduler", "disable_overlap_scheduler"},
     {"pytorch_backend_config", "what it holds, one level up"}}};

/// Whether words differ in one place, by two letters at most.
bool trtllm_one_slip(std::string_view a, std::string_view b) {
  constexpr std::size_t kLetters = 2;
  const std::size_t both = std::min(a.size(), b.size());
  std::size_t front = 0;
  while (front < both && a[front] == b[front]) ++front;
  std::size_t back = 0;
  while (back < both - front && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  return std::max(a.size(), b.size()) - front - back <= kLetters;
}

}  // namespace

std::span<const std::string_view> trtllm_keys_of(std::string_view section) {
  if (section.empty()) return kTrtllmTopKeys;
  if (section == "moe_config") return kTrtllmMoeKeys;
  if (section == "cuda_graph_config") return kTrtllmGraphKeys;
  if (section == "cache_transceiver_config") return kTrtllmTransceiverKeys;
  if (section == "kv_cache_config") return kTrtllmCacheKeys;
  return {};
}

std::string_view trtllm_key_meant(std::string_view key, std::string_view section) {
  if (section.empty()) {
    for (const auto& [old, now] : kTrtllmFlat) {
      if (key == old) return now;
    }
  }
  std::string name(key);
  std::replace(name.begin(), name.end(), '-', '_');
  const auto near = suggest(name, trtllm_keys_of(section));
  return near && trtllm_one_slip(name, *near) ? *near : std::string_view{};
}

}  // namespace wideep
