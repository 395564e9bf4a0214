#include "schema/samples.h"

#include <array>

namespace wideep {
namespace {

constexpr std::array<const char*, 8> kWorkloads = {
    R"(
about: a model by name
model: deepseek-v3
tokens_per_rank: 128
expert_load: T*k
context: 4096
dtype: fp8
redundant_experts: 32
off_domain_fraction: 50%
straggler_factor: 1.1
mtp: {draft_tokens: 1, accepted: 0.8}
expert_time: {per_token: 1us}
attention_time: {fixed: 1us}
slo: {tpot: 30ms, ttft: 2s}
search: {ep_width: [8, 16]}
)",
    R"(
hidden_size: 7168
top_k: 8
experts: 256
attention: {kind: mla, heads: 8, kv_lora_rank: 512, nope_dim: 128, v_dim: 128}
element_bytes: 1B
tokens_per_rank: {min: 1, max: 64}
redundant_experts: auto
off_domain_fraction: auto
straggler_factor: {zipf: 0.6, placement: balanced}
mtp: {draft_tokens: 2, accepted: [0.8, 1.4]}
expert_time_per_token: 1us
)",
    R"(
model: {hidden_size: 7168, top_k: 8, attention: {kind: gqa, heads: 8, kv_heads: 8, head_dim: 128}}
attention: {kind: gqa, heads: 8, kv_heads: 8, head_dim: 128}
dispatch_element_bytes: 1
combine_element_bytes: 16b
global_tokens: 4096
straggler_factor: {8: 1.05, 32: 1.1}
mtp: {draft_tokens: 1, acceptance_rate: 80%}
)",
    R"(
model:
  hidden_size: 7168
  top_k: 8
  attention: {kind: compressed, heads: 8, head_dim: 128, rope_dim: 64, q_lora_rank: 1024, o_groups: 8, o_lora_rank: 1024, window: 128}
attention: {kind: compressed, heads: 8, head_dim: 128, rope_dim: 64, q_lora_rank: 1024, o_groups: 8, o_lora_rank: 1024, window: 128}
element_bytes: 1
straggler_factor: uniform
)",
    R"(
model: {hidden_size: 7168, top_k: 8, attention: {kind: mla, heads: 8, kv_lora_rank: 512, nope_dim: 128, v_dim: 128}}
straggler_factor: {dirichlet: 0.5}
)",
    R"(
straggler_factor: {counts: /nowhere/counts.csv}
)",
    R"(
model: deepseek-v3
dtype: fp8
straggler_factor: 1.1
traffic: {input_tokens: 4096, output_tokens: 1024, rate: 10, cached_share: 10%}
slo: {ttft: 2s, ttft_p95: 3s, tpot: 30ms}
gpus: 64
roles: both
max_utilisation: 80%
prefill: {search: {ep_width: 8}}
decode: {search: {ep_width: 8}}
)",
    R"(
traffic: {lengths: /nowhere/lengths.csv, concurrency: 100}
)"};

constexpr std::array<const char*, 2> kFabrics = {
    R"(
about: all-to-alls
gpus_per_domain: 8
gpu:
  sms: 132
  hbm_bandwidth: 3.35TB/s
  flop_rate: {bf16: 989TFLOP/s}
  memory: 80GB
  prefill_experts: {launch: 1us}
  attention:
    decode: {gqa: {launch: 1us}, sparse: {launch: 1us}, compressed: {launch: 1us}}
    prefill: {gqa: {launch: 1us}, sparse: {launch: 1us}, compressed: {launch: 1us}}
straggler_factor: {8: 1.05, 32: 1.1}
kv_transfer: {bandwidth: 50GB/s, latency: 10us}
gpu_hour: 2.5USD
calibration: {}
kernels:
  LL: {latency: 20us, bandwidth: 40GB/s}
  HT:
    dispatch:
      latency: 20us
      bandwidth: {scale_up: {per_sm: 11GB/s, cap: 160GB/s}, scale_out: {per_sm: 2GB/s, cap: 40GB/s}}
      sm_time: {fixed: 18us}
      ramp: {time: 28us, tokens: 250}
      experts: {latency_each: 2us}
    combine:
      latency: 20us
      bandwidth: {scale_up: {per_sm: 11GB/s, cap: 160GB/s}, scale_out: {per_sm: 2GB/s, cap: 40GB/s}}
      sm_time: {fixed: 18us}
      ramp: {time: 28us, tokens: 250}
      experts: {latency_each: 2us}
    sms: [4, 8]
    fitted: {ep_width: [8, 16], tokens: [1, 128], sms: [4, 8]}
  one:
    latency: 20us
    bandwidth: {scale_up: 160GB/s, scale_out: 40GB/s}
    sm_time: {fixed: 18us}
    ramp: {time: 28us, tokens: 250}
    experts: {latency_each: 2us}
  by_sm:
    dispatch: {latency: 20us, bandwidth: {per_sm: 11GB/s, cap: 160GB/s}}
    combine: {latency: 20us, bandwidth: {per_sm: 11GB/s, cap: 160GB/s}}
    bandwidth: {per_sm: 11GB/s, cap: 160GB/s}
    sms: 8
  tiers:
    latency: 20us
    bandwidth: {scale_up: {per_sm: 11GB/s, cap: 160GB/s}, scale_out: {per_sm: 2GB/s, cap: 40GB/s}}
    sms: 8
  plain:
    dispatch: {latency: 20us, bandwidth: 40GB/s}
    combine: {latency: 20us, bandwidth: 40GB/s}
  by_direction:
    dispatch: {latency: 20us, bandwidth: {scale_up: 160GB/s, scale_out: 40GB/s}}
    combine: {latency: 20us, bandwidth: {scale_up: 160GB/s, scale_out: 40GB/s}}
)",
    R"(
about: fused kernels and collectives
gpus_per_domain: 8
straggler_factor: 1.1
kernels:
  MM:
    fused: true
    weight_bandwidth: 3TB/s
    flop_rate: 989TFLOP/s
    bandwidth: 400GB/s
    exponent: 2
    fitted: {ep_width: [8, 16], tokens: [1, 128]}
  AR:
    collectives: true
    library: nccl
    all_reduce: {8: {2KiB: 5us, 1MiB: 17us}}
    all_gather: {8: {2KiB: 5us, 1MiB: 17us}}
    reduce_scatter: {8: {2KiB: 5us, 1MiB: 17us}}
    fitted: {ranks: [2, 8], bytes: [2KiB, 1MiB]}
)"};

constexpr std::array<const char*, 3> kModels = {
    R"(
hidden_size: 7168
top_k: 8
attention: {kind: mla, heads: 8, kv_lora_rank: 512, nope_dim: 128, v_dim: 128}
)",
    R"(
hidden_size: 7168
attention: {kind: gqa, heads: 8, kv_heads: 8, head_dim: 128, sparse_tokens: 2048}
)",
    R"(
hidden_size: 7168
attention: {kind: compressed, heads: 8, head_dim: 128, rope_dim: 64, q_lora_rank: 1024, o_groups: 8, o_lora_rank: 1024, window: 128}
)"};

constexpr std::array<const char*, 1> kSearches = {"{ep_width: 8}"};

}  // namespace

std::span<const char* const> samples(SchemaKind kind) {
  switch (kind) {
    case SchemaKind::kWorkload:
    case SchemaKind::kTraffic:
      return kWorkloads;
    case SchemaKind::kSearch:
      return kSearches;
    case SchemaKind::kModel:
      return kModels;
    case SchemaKind::kFabric:
    case SchemaKind::kCalibration:
    case SchemaKind::kGpu:
    case SchemaKind::kKernel:
      break;
  }
  return kFabrics;
}

}  // namespace wideep
