#include "rules/sglang_role.h"

namespace wideep {
namespace {

std::vector<DeploymentRule> all_rules() {
  std::vector<DeploymentRule> rules;
  for (const auto some : {sglang_size_rules(),
                          sglang_context_rules(),
                          sglang_runner_rules(),
                          sglang_all2all_rules(),
                          sglang_fused_rules(),
                          sglang_capacity_rules(),
                          sglang_elastic_rules(),
                          sglang_prefill_capacity_rules(),
                          sglang_deepep_rules(),
                          sglang_overlap_rules(),
                          sglang_expert_rules(),
                          sglang_attention_rules(),
                          sglang_cache_rules(),
                          sglang_speculation_rules(),
                          sglang_graph_rules(),
                          sglang_pair_rules(),
                          sglang_transfer_rules(),
                          sglang_name_rules()}) {
    rules.insert(rules.end(), some.begin(), some.end());
  }
  return rules;
}

}  // namespace

std::span<const DeploymentRule> sglang_rules() {
  static const std::vector<DeploymentRule> rules = all_rules();
  return rules;
}

}  // namespace wideep
