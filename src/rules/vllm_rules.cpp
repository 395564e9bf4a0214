#include "rules/vllm_role.h"

namespace wideep {

std::span<const DeploymentRule> vllm_rules() {
  static const std::vector<DeploymentRule> rules = [] {
    std::vector<DeploymentRule> all;
    for (const auto some : {vllm_parallel_rules(),
                            vllm_context_rules(),
                            vllm_backend_rules(),
                            vllm_capacity_rules(),
                            vllm_overlap_rules(),
                            vllm_dbo_rules(),
                            vllm_balance_rules(),
                            vllm_elastic_rules(),
                            vllm_cache_rules(),
                            vllm_speculation_rules(),
                            vllm_graph_rules(),
                            vllm_graph_list_rules(),
                            vllm_pair_rules(),
                            vllm_transfer_rules(),
                            vllm_name_rules(),
                            vllm_node_rules()}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }();
  return rules;
}

}  // namespace wideep
