#include "rules/vllm_role.h"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "model/kernel_buffers.h"

namespace wideep {
namespace {

/// No model has as many experts, and no request as many drafts.
constexpr long long kBeyondAny = 1'000'000;

}  // namespace

bool lacks(const DeployedRole& role, std::string_view key) {
  // vllm serve --config FILE takes what the command line does not say from there.
  return flag(role, key) == nullptr && flag(role, "config") == nullptr;
}

bool switched_off(const DeployedRole& role, std::string_view key) {
  return lacks(role, key) || flag_truth(role, key) == false;
}

std::optional<int> vllm_size(const DeployedRole& role, std::string_view key, int otherwise) {
  if (lacks(role, key)) return otherwise;
  const std::optional<long long> number = flag_number(role, key);
  if (!number || *number < 1 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<int> vllm_dp(const DeployedRole& role) {
  // config/parallel.py@00193b82: without the flag, what started the process may say it.
  if (flag(role, "data-parallel-size") == nullptr && variable(role, "VLLM_DP_SIZE") != nullptr) {
    return std::nullopt;
  }
  return vllm_size(role, "data-parallel-size");
}

std::optional<std::string> vllm_all2all(const DeployedRole& role) {
  if (lacks(role, kAll2allFlag)) {
    if (variable(role, kAll2allVariable) != nullptr) return std::nullopt;
    return "allgather_reducescatter";
  }
  return flag_text(role, kAll2allFlag);
}

bool exchanges_by(const RuleContext& context, std::string_view backend) {
  return vllm_dp(context.role).value_or(1) > 1 && context.ep_width.value_or(1) > 1 &&
         vllm_all2all(context.role) == backend && !experts_fused(context.role);
}

bool exchanges_batched(const RuleContext& context) {
  return exchanges_by(context, "deepep_low_latency") || exchanges_by(context, "nixl_ep");
}

bool experts_fused(const DeployedRole& role) {
  const std::optional<std::string> backend = flag_text(role, "moe-backend");
  return backend && backend->find("mega") != std::string::npos;
}

std::optional<int> vllm_drafts(const DeployedRole& role) {
  // arg_utils.py of 0.27: three flags for what speculative-config holds.
  constexpr std::array<std::string_view, 5> kSpeculate = {
      "speculative-config", "speculative-model", "spec-method", "spec-model", "spec-tokens"};
  for (const std::string_view key : {"speculative-config.num_speculative_tokens", "spec-tokens"}) {
    const std::optional<long long> number = flag_number(role, key);
    if (number && *number > 0 && *number < kBeyondAny) {
      return static_cast<int>(*number);
    }
  }
  // Otherwise the draft model's own number holds.
  for (const std::string_view key : kSpeculate) {
    if (!lacks(role, key)) return std::nullopt;
  }
  return 0;
}

std::optional<FullBatch> vllm_full_batch(const DeployedRole& role) {
  const std::optional<long long> requests = flag_number(role, "max-num-seqs");
  const std::optional<int> drafts = vllm_drafts(role);
  if (!requests || *requests < 1 || *requests > std::numeric_limits<int>::max() || !drafts) {
    return std::nullopt;
  }
  return FullBatch{*requests, *drafts};
}

std::string text_of(const FullBatch& batch) {
  std::string requests =
      fmt::format("{} request{}", batch.requests, batch.requests == 1 ? "" : "s");
  if (batch.drafts == 0) return requests;
  return fmt::format(
      "{} with {} draft token{} each", requests, batch.drafts, batch.drafts == 1 ? "" : "s");
}

bool dispatches_chunks(const RuleContext& context) {
  return context.role.engine == ServingEngine::kVllm && is_before(context, kWithoutChunks);
}

std::optional<int> chunk_tokens(const DeployedRole& role) {
  constexpr long long kDefault = 256;  // envs.py before #39107
  const bool whole = variable(role, "VLLM_ENABLE_MOE_DP_CHUNK") != nullptr;
  const bool stated = variable(role, kChunkVariable) != nullptr;
  const std::optional<long long> tokens = variable_number(role, kChunkVariable);
  if (whole || unresolved(role, kChunkVariable) || (stated && !tokens)) return std::nullopt;
  return static_cast<int>(tokens.value_or(kDefault));
}

std::optional<int> default_batched_tokens(const RuleContext& context) {
  // engine/arg_utils.py, get_batch_defaults of 0.27: by the memory of the GPU, for a server.
  constexpr double kLargeGpu = 70.0 * kGiB;
  constexpr int kOfLarge = 8192;
  constexpr int kOfSmall = 2048;
  if (context.machine == nullptr || !context.machine->memory) return std::nullopt;
  return *context.machine->memory >= kLargeGpu ? kOfLarge : kOfSmall;
}

std::optional<double> low_latency_bytes(const RuleContext& context, int tokens) {
  const std::optional<int> redundant = redundant_experts(context.role);
  if (context.model == nullptr || !context.model->experts || !context.model->hidden || !redundant) {
    return std::nullopt;
  }
  return low_latency_buffer(*context.model->experts + *redundant, *context.model->hidden, tokens)
      .base();
}

std::string in_gib(double bytes) {
  return fmt::format("{:.1f} GiB", bytes / kGiB);
}

std::optional<int> node_gpus(const RuleContext& context) {
  if (context.role.gpus_per_node) return context.role.gpus_per_node->value;
  return context.machine == nullptr ? std::nullopt : context.machine->gpus_per_node;
}

std::optional<bool> asks_for_v2(const DeployedRole& role) {
  const Setting* const runner = variable(role, "VLLM_USE_V2_MODEL_RUNNER");
  return runner == nullptr ? std::nullopt : truth_in(*runner);
}

bool has_connector(const DeployedRole& role) {
  const Setting* const transfer = flag(role, "kv-transfer-config");
  return transfer != nullptr && transfer->value != "null";
}

std::string_view kv_transfer(const DeployedRole& role) {
  const Setting* const transfer = flag(role, "kv-transfer-config");
  return transfer == nullptr || !transfer->value ? std::string_view{} : *transfer->value;
}

bool transfers_by(const DeployedRole& role, std::string_view connector) {
  if (kv_transfer(role).find(connector) != std::string_view::npos) return true;
  const std::optional<std::string> alone = flag_text(role, "kv-transfer-config.kv_connector");
  return alone == connector;
}

bool on_rocm(const RuleContext& context) {
  const auto& container = context.role.container;
  if (container && container->value.find("rocm") != std::string::npos) return true;
  const auto& hardware = context.deployment.hardware;
  return hardware && (hardware->value.starts_with("mi3") || hardware->value.starts_with("MI3"));
}

}  // namespace wideep
