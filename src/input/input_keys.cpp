#include "input/input_keys.h"

#include <algorithm>

namespace wideep {

const std::vector<std::string_view> kModelKeys = {"hidden_size",
                                                  "top_k",
                                                  "experts",
                                                  "moe_layers",
                                                  "dense_layers",
                                                  "dense_intermediate_size",
                                                  "vocab_size",
                                                  "mtp_layers",
                                                  "expert_matrices",
                                                  "groups",
                                                  "groups_per_token",
                                                  "moe_intermediate_size",
                                                  "shared_intermediate_size",
                                                  "model_hidden_size",
                                                  "weight_dtype",
                                                  "mlp_matrices",
                                                  "tied_embeddings",
                                                  "dense_weight_dtype",
                                                  "attention_weight_dtype",
                                                  "kv_dtype",
                                                  "attention_dtype",
                                                  "attention"};

const std::vector<std::string_view> kPlanKeys = {
    "traffic", "gpus", "roles", "max_utilisation", "prefill", "decode"};

namespace {

/// A workload may give the keys of its model too.
std::vector<std::string_view> workload_keys() {
  std::vector<std::string_view> keys = {"model",
                                        "routing",
                                        "redundant_experts",
                                        "dtype",
                                        "dispatch_dtype",
                                        "combine_dtype",
                                        "element_bytes",
                                        "dispatch_element_bytes",
                                        "combine_element_bytes",
                                        "tokens_per_rank",
                                        "global_tokens",
                                        "expert_load",
                                        "dispatch_capacity",
                                        "straggler_factor",
                                        "comm_straggler_factor",
                                        "expert_time_per_token",
                                        "expert_time",
                                        "attention_time",
                                        "context",
                                        "phase",
                                        "off_domain_fraction",
                                        "other_step_time",
                                        "step_overhead",
                                        "serving_efficiency",
                                        "mtp",
                                        "slo",
                                        "engine",
                                        "fabric",
                                        "search"};
  keys.insert(keys.end(), kModelKeys.begin(), kModelKeys.end());
  keys.insert(keys.end(), kPlanKeys.begin(), kPlanKeys.end());
  return keys;
}

}  // namespace

const std::vector<std::string_view> kWorkloadKeys = workload_keys();
const std::vector<std::string_view> kFabricKeys = {
    "preset", "gpus_per_domain", "gpu", "kernels", "kv_transfer", "gpu_hour"};
const std::vector<std::string_view> kSearchKeys = {"ep_width",
                                                   "max_gpus",
                                                   "kernel",
                                                   "attention",
                                                   "experts",
                                                   "layouts",
                                                   "overlap",
                                                   "schedule",
                                                   "max_chunks",
                                                   "split",
                                                   "timing",
                                                   "objective",
                                                   "tolerance"};
const std::vector<std::string_view> kGpuKeys = {"architecture",
                                                "sms",
                                                "hbm_bandwidth",
                                                "hbm_efficiency",
                                                "flop_rate",
                                                "flop_efficiency",
                                                "padding_tokens",
                                                "tile_tokens",
                                                "expert_launch",
                                                "prefill_experts",
                                                "memory",
                                                "memory_reserved",
                                                "attention"};
const std::vector<std::string_view> kKernelKeys = {"copies",
                                                   "latency",
                                                   "floor",
                                                   "bandwidth",
                                                   "efficiency",
                                                   "header_bytes",
                                                   "sm_time",
                                                   "dispatch",
                                                   "combine",
                                                   "ep_widths",
                                                   "max_tokens_per_rank",
                                                   "hidden_sizes",
                                                   "max_top_k",
                                                   "fitted",
                                                   "sms",
                                                   "buffer",
                                                   "library",
                                                   "weight_dtypes",
                                                   "fused",
                                                   "launch",
                                                   "launch_per_rank",
                                                   "weight_bandwidth",
                                                   "flop_rate",
                                                   "exponent",
                                                   "collectives",
                                                   "all_reduce",
                                                   "all_gather",
                                                   "reduce_scatter"};

bool holds(const std::vector<std::string_view>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace wideep
