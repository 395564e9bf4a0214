#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/rule.h"

namespace wideep {

// Keys that several of its rules speak of.
inline constexpr std::string_view kAll2allFlag = "all2all-backend";
/// What named it before vLLM 0.16.
inline constexpr std::string_view kAll2allVariable = "VLLM_ALL2ALL_BACKEND";
inline constexpr std::string_view kTokensFlag = "max-num-batched-tokens";
inline constexpr std::string_view kPcpFlag = "prefill-context-parallel-size";
inline constexpr std::string_view kDcpFlag = "decode-context-parallel-size";
inline constexpr std::string_view kRunnerVariable = "VLLM_USE_V2_MODEL_RUNNER";
inline constexpr std::string_view kChunkVariable = "VLLM_MOE_DP_CHUNK_SIZE";

/// From which a step's tokens are dispatched at once. vllm #39107.
inline constexpr EngineVersion kWithoutChunks{0, 20, 0};

// What rules of vLLM ask of a role. Where nothing is returned, the file does not tell.

/// Whether a role says nothing of a key, and none of its settings stand in a file that is not read.
bool lacks(const DeployedRole& role, std::string_view key);

/// Whether it is certain that a switch is off.
bool switched_off(const DeployedRole& role, std::string_view key);

/// A size, `otherwise` where nothing is said of it.
std::optional<int> vllm_size(const DeployedRole& role, std::string_view key, int otherwise = 1);

/// Ranks of data parallelism.
std::optional<int> vllm_dp(const DeployedRole& role);

/// The all-to-all back end that it is started with, as written or by default; nothing where the old
/// variable names one, which some versions read.
std::optional<std::string> vllm_all2all(const DeployedRole& role);

/// Whether it is certain that experts are spread and exchanged by that back end.
bool exchanges_by(const RuleContext& context, std::string_view backend);

/// By DeepEP's low-latency kernels or NIXL's, which take as many tokens as a rank batches.
bool exchanges_batched(const RuleContext& context);

/// Whether one kernel does the exchange and the experts, so that no back end is used.
bool experts_fused(const DeployedRole& role);

/// Draft tokens of a request, k; 0 without speculation.
std::optional<int> vllm_drafts(const DeployedRole& role);

/// A batch of as many requests as run at once, where the file says how many.
struct FullBatch {
  long long requests = 0;
  int drafts = 0;  ///< of each

  [[nodiscard]] long long tokens() const { return requests * (1 + drafts); }
};
std::optional<FullBatch> vllm_full_batch(const DeployedRole& role);

/// "128 requests with 3 draft tokens each", "128 requests".
std::string text_of(const FullBatch& batch);

/// Tokens that a step takes where --max-num-batched-tokens is not given; nothing where the machine
/// is not known.
std::optional<int> default_batched_tokens(const RuleContext& context);

/// Whether a rank dispatches what it batches in chunks, for which buffers are made: before vLLM
/// #39107 of April 2026, 0.20.
bool dispatches_chunks(const RuleContext& context);

/// Tokens of a chunk.
std::optional<int> chunk_tokens(const DeployedRole& role);

/// Bytes of DeepEP's low-latency buffers for so many tokens; nothing where the model is not known.
std::optional<double> low_latency_bytes(const RuleContext& context, int tokens);

/// "35.5 GiB".
std::string in_gib(double bytes);

/// GPUs that share a host.
std::optional<int> node_gpus(const RuleContext& context);

/// Which model runner a variable asks for: true for V2.
std::optional<bool> asks_for_v2(const DeployedRole& role);

/// Whether a connector moves the KV cache, known or not.
bool has_connector(const DeployedRole& role);

/// The connectors that move the KV cache, as --kv-transfer-config names them; empty without any.
std::string_view kv_transfer(const DeployedRole& role);
bool transfers_by(const DeployedRole& role, std::string_view connector);

/// Whether AMD's GPUs run it, by its image or its hardware.
bool on_rocm(const RuleContext& context);

// The rules of vLLM by topic; vllm_rules() is all of them.
std::span<const DeploymentRule> vllm_parallel_rules();
std::span<const DeploymentRule> vllm_context_rules();
std::span<const DeploymentRule> vllm_backend_rules();
std::span<const DeploymentRule> vllm_capacity_rules();
std::span<const DeploymentRule> vllm_overlap_rules();
std::span<const DeploymentRule> vllm_dbo_rules();
std::span<const DeploymentRule> vllm_balance_rules();
std::span<const DeploymentRule> vllm_elastic_rules();
std::span<const DeploymentRule> vllm_cache_rules();
std::span<const DeploymentRule> vllm_speculation_rules();
std::span<const DeploymentRule> vllm_graph_rules();
std::span<const DeploymentRule> vllm_graph_list_rules();
std::span<const DeploymentRule> vllm_pair_rules();
std::span<const DeploymentRule> vllm_transfer_rules();
std::span<const DeploymentRule> vllm_name_rules();
std::span<const DeploymentRule> vllm_node_rules();

}  // namespace wideep
