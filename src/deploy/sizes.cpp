#include "deploy/sizes.h"

#include <algorithm>
#include <array>
#include <limits>

namespace wideep {
namespace {

/// A size as engines take it, at least 1.
std::optional<int> size_of(std::optional<long long> number) {
  if (!number || *number < 1 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<int> size_of(const DeployedRole& role, std::string_view key) {
  return size_of(flag_number(role, key));
}

std::optional<int> first_of(const DeployedRole& role,
                            std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto size = size_of(role, key)) return size;
  }
  return std::nullopt;
}

/// The product of sizes; nothing where one is set to what is not known, or it is beyond any.
std::optional<int> product_of(const DeployedRole& role,
                              std::initializer_list<std::string_view> keys) {
  long long product = 1;
  for (const std::string_view key : keys) {
    if (flag(role, key) == nullptr) continue;
    const auto size = size_of(role, key);
    if (!size) return std::nullopt;
    product *= *size;
    if (product > std::numeric_limits<int>::max()) return std::nullopt;
  }
  return static_cast<int>(product);
}

/// vllm/config/parallel.py@00193b82: experts are spread over TP PCP DP.
std::optional<int> vllm_ep(const DeployedRole& role) {
  const std::optional<bool> on = flag_truth(role, "enable-expert-parallel");
  if (!on) return std::nullopt;
  if (!*on) return 1;
  return product_of(
      role, {"tensor-parallel-size", "prefill-context-parallel-size", "data-parallel-size"});
}

RoleSizes vllm_sizes(const DeployedRole& role) {
  return {
      .tp = size_of(role, "tensor-parallel-size"),
      .pp = size_of(role, "pipeline-parallel-size"),
      .dp = size_of(role, "data-parallel-size"),
      .ep = vllm_ep(role),
      .pcp = size_of(role, "prefill-context-parallel-size"),
      .dcp = size_of(role, "decode-context-parallel-size"),
      .all2all = flag_text(role, "all2all-backend"),
      .max_batch_per_rank = size_of(role, "max-num-seqs"),
      .draft_tokens = first_of(role, {"speculative-config.num_speculative_tokens", "spec-tokens"}),
      .capacity = size_of(role, "max-num-batched-tokens")};
}

/// A count of experts, no more than any model and its copies have.
std::optional<int> count_of(std::optional<long long> number) {
  constexpr long long kMost = 1'000'000;
  if (!number || *number < 0 || *number > kMost) return std::nullopt;
  return static_cast<int>(*number);
}

/// EPLBConfig, and the flag that older builds have for it; a file that is not read may hold it.
std::optional<int> vllm_redundant(const DeployedRole& role) {
  for (const std::string_view key :
       {"eplb-config.num_redundant_experts", "num-redundant-experts"}) {
    if (flag(role, key) != nullptr) return count_of(flag_number(role, key));
  }
  const Setting* const all = flag(role, "eplb-config");
  if (all != nullptr && (!all->value || !all->value->starts_with('{'))) return std::nullopt;
  return flag(role, "config") == nullptr ? std::optional(0) : std::nullopt;
}

struct Capacity {
  std::string_view backend;
  std::string_view variable;
};

// sglang/srt/environ.py: tokens per rank that buffers are made for.
constexpr std::array kSglangCapacities = {
    Capacity{"deepep", "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"deepep_v2", "SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"nixl", "SGLANG_NIXL_EP_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"pplx", "SGLANG_PPLX_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"flashinfer", "SGLANG_FLASHINFER_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"mori", "SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK"},
    Capacity{"megamoe", "SGLANG_OPT_DEEPGEMM_MEGA_MOE_NUM_MAX_TOKENS_PER_RANK"}};

std::optional<int> sglang_capacity(const DeployedRole& role) {
  const std::optional<std::string> backend = flag_text(role, "moe-a2a-backend");
  if (!backend) return std::nullopt;
  const auto* const known =
      std::find_if(kSglangCapacities.begin(), kSglangCapacities.end(), [&](const Capacity& one) {
        return one.backend == *backend;
      });
  if (known == kSglangCapacities.end()) return std::nullopt;
  return size_of(variable_number(role, known->variable));
}

/// speculative_hook.py@004c82e0: of drafts that are made one after the other, with one branch, the
/// tokens to verify are the steps and one more, whatever else is said; others are made at once.
std::optional<int> sglang_drafts(const DeployedRole& role) {
  const Setting* const algorithm = flag(role, "speculative-algorithm");
  if (algorithm == nullptr) return std::nullopt;
  const std::string name = algorithm->value.value_or("");
  const bool at_once = name == "DSPARK" || name == "DFLASH" || name == "NGRAM";
  const int branches = size_of(role, "speculative-eagle-topk").value_or(1);
  const std::optional<int> steps = size_of(role, "speculative-num-steps");
  if (branches == 1 && steps && !at_once) return steps;
  const std::optional<int> verified = size_of(role, "speculative-num-draft-tokens");
  if (!verified) return std::nullopt;
  return *verified - 1;
}

/// Requests of the instance over the ranks that share it.
std::optional<int> sglang_batch(const DeployedRole& role) {
  const std::optional<int> all = size_of(role, "max-running-requests");
  if (!all || !is_on(role, "enable-dp-attention")) return all;
  return *all / size_of(role, "dp-size").value_or(1);
}

RoleSizes sglang_sizes(const DeployedRole& role) {
  return {.tp = size_of(role, "tp-size"),
          .pp = size_of(role, "pp-size"),
          .dp = size_of(role, "dp-size"),
          .ep = size_of(role, "ep-size"),
          .pcp = size_of(role, "attn-cp-size"),
          .dcp = size_of(role, "dcp-size"),
          .all2all = flag_text(role, "moe-a2a-backend"),
          .max_batch_per_rank = sglang_batch(role),
          .draft_tokens = sglang_drafts(role),
          .capacity = sglang_capacity(role)};
}

/// enable_attention_dp gives every rank requests of its own.
std::optional<int> trtllm_dp(const DeployedRole& role) {
  const std::optional<bool> on = flag_truth(role, "enable_attention_dp");
  if (!on) return std::nullopt;
  return *on ? size_of(role, "tensor_parallel_size") : std::optional(1);
}

RoleSizes trtllm_sizes(const DeployedRole& role) {
  return {.tp = size_of(role, "tensor_parallel_size"),
          .pp = size_of(role, "pipeline_parallel_size"),
          .dp = trtllm_dp(role),
          .ep = size_of(role, "moe_expert_parallel_size"),
          .pcp = {},
          .dcp = size_of(role, "context_parallel_size"),
          .all2all = variable_text(role, "TRTLLM_FORCE_COMM_METHOD"),
          .max_batch_per_rank = size_of(role, "max_batch_size"),
          .draft_tokens = first_of(
              role,
              {"speculative_config.max_draft_len", "speculative_config.num_nextn_predict_layers"}),
          .capacity = size_of(role, "max_num_tokens")};
}

}  // namespace

RoleSizes sizes_of(const DeployedRole& role) {
  switch (role.engine) {
    case ServingEngine::kVllm:
      return vllm_sizes(role);
    case ServingEngine::kSglang:
      return sglang_sizes(role);
    case ServingEngine::kTrtllm:
      break;
  }
  return trtllm_sizes(role);
}

int instances_of(const DeployedRole& role) {
  return role.instances ? std::max(1, role.instances->value) : 1;
}

int attention_groups(const DeployedRole& role) {
  if (role.engine == ServingEngine::kSglang && !is_on(role, "enable-dp-attention")) return 1;
  return sizes_of(role).dp_or_default();
}

std::optional<int> redundant_experts(const DeployedRole& role, std::optional<int> experts) {
  switch (role.engine) {
    case ServingEngine::kVllm:
      return vllm_redundant(role);
    case ServingEngine::kSglang: {
      constexpr std::string_view kKey = "ep-num-redundant-experts";
      return flag(role, kKey) == nullptr ? std::optional(0) : count_of(flag_number(role, kKey));
    }
    case ServingEngine::kTrtllm:
      break;
  }
  const Setting* const balancer = flag(role, "moe_config.load_balancer");
  if (balancer == nullptr || balancer->value == "null") return 0;
  const auto slots = count_of(flag_number(role, "moe_config.load_balancer.num_slots"));
  if (!slots || !experts) return std::nullopt;
  return std::max(0, *slots - *experts);
}

std::optional<int> world_of(const DeployedRole& role) {
  switch (role.engine) {
    case ServingEngine::kVllm:
      return product_of(role,
                        {"tensor-parallel-size",
                         "pipeline-parallel-size",
                         "prefill-context-parallel-size",
                         "data-parallel-size"});
    case ServingEngine::kSglang:
      // Without DP attention dp-size is so many replicas of the whole.
      return is_on(role, "enable-dp-attention")
                 ? product_of(role, {"tp-size", "pp-size"})
                 : product_of(role, {"tp-size", "pp-size", "dp-size"});
    case ServingEngine::kTrtllm:
      break;
  }
  return product_of(role,
                    {"tensor_parallel_size", "pipeline_parallel_size", "context_parallel_size"});
}

std::optional<int> ep_width_of(const DeployedRole& role) {
  const RoleSizes sizes = sizes_of(role);
  if (role.engine == ServingEngine::kVllm) {
    const Setting* const on = flag(role, "enable-expert-parallel");
    return on == nullptr ? std::optional(1) : sizes.ep;
  }
  if (role.engine == ServingEngine::kTrtllm) {
    if (unresolved(role, "moe_expert_parallel_size")) return std::nullopt;
    return sizes.ep.value_or(1);
  }
  // overrides.py, _a2a_ep_size: an all-to-all makes it the size of the world.
  const std::optional<std::string> backend = sizes.all2all;
  if (unresolved(role, "moe-a2a-backend")) return std::nullopt;
  if (backend && *backend != "none") return unresolved(role, "tp-size") ? std::nullopt : sizes.tp;
  return unresolved(role, "ep-size") ? std::nullopt : std::optional(sizes.ep.value_or(1));
}

bool spreads_experts(const DeployedRole& role) {
  return ep_width_of(role).value_or(1) > 1;
}

}  // namespace wideep
