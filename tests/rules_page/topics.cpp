#include "topics.h"

#include "rules/deepep_use.h"
#include "rules/format_parts.h"
#include "rules/sglang_role.h"
#include "rules/trtllm_parts.h"
#include "rules/vllm_role.h"

namespace wideep::rules_page {
namespace {

Chapter vllm() {
  return {"vLLM",
          "asked of roles that vLLM runs, started by itself or by Dynamo.",
          {{"Sizes and ranks", vllm_parallel_rules()},
           {"Nodes and what starts ranks on them", vllm_node_rules()},
           {"Context parallelism", vllm_context_rules()},
           {"All-to-alls", vllm_backend_rules()},
           {"Capacities", vllm_capacity_rules()},
           {"Dual-batch overlap: what switches it on", vllm_overlap_rules()},
           {"Dual-batch overlap: what goes with it", vllm_dbo_rules()},
           {"Balanced experts", vllm_balance_rules()},
           {"Elastic experts", vllm_elastic_rules()},
           {"Caches", vllm_cache_rules()},
           {"Drafted tokens", vllm_speculation_rules()},
           {"CUDA graphs", vllm_graph_rules()},
           {"Sizes that graphs are captured at", vllm_graph_list_rules()},
           {"Prefill and decode together", vllm_pair_rules()},
           {"Transfers of caches", vllm_transfer_rules()},
           {"Names", vllm_name_rules()}}};
}

Chapter sglang() {
  return {"SGLang",
          "asked of roles that SGLang runs, started by itself or by Dynamo.",
          {{"Sizes and ranks", sglang_size_rules()},
           {"Context parallelism", sglang_context_rules()},
           {"What computes experts", sglang_runner_rules()},
           {"All-to-alls", sglang_all2all_rules()},
           {"DeepEP", sglang_deepep_rules()},
           {"Fused kernels", sglang_fused_rules()},
           {"Capacities at decode", sglang_capacity_rules()},
           {"Capacities of other all-to-alls", sglang_prefill_capacity_rules()},
           {"Elastic experts", sglang_elastic_rules()},
           {"Overlap", sglang_overlap_rules()},
           {"Balanced experts", sglang_expert_rules()},
           {"Attention", sglang_attention_rules()},
           {"Caches", sglang_cache_rules()},
           {"Drafted tokens", sglang_speculation_rules()},
           {"CUDA graphs", sglang_graph_rules()},
           {"Prefill and decode together", sglang_pair_rules()},
           {"Transfers of caches", sglang_transfer_rules()},
           {"Names", sglang_name_rules()}}};
}

Chapter trtllm() {
  return {"TensorRT-LLM",
          "asked of roles that TensorRT-LLM runs, by its options file too.",
          {{"Which all-to-all runs", trtllm_all2all_rules()},
           {"All-to-alls that are forced", trtllm_forced_rules()},
           {"Capacities", trtllm_capacity_rules()},
           {"Fused kernels", trtllm_fused_rules()},
           {"CUDA graphs", trtllm_graph_rules()},
           {"Keys", trtllm_key_rules()},
           {"Transfers of caches", trtllm_transfer_rules()}}};
}

}  // namespace

std::vector<Chapter> chapters() {
  return {vllm(),
          sglang(),
          trtllm(),
          {"DeepEP",
           "asked of roles of vLLM and SGLang that run its kernels.",
           {{"Shapes", deepep_shape_rules()},
            {"Buffers and transports", deepep_buffer_rules()},
            {"--deepep-config", deepep_config_rules()}}},
          {"What starts engines",
           "asked of roles of every engine.",
           {{"Recipes", format_recipe_rules()},
            {"Kubernetes", format_kubernetes_rules()},
            {"Roles", format_role_rules()}}},
          {"All engines",
           "asked of roles of every engine.",
           {{"All-to-alls", shared_rules()}, {"Spelling", spelling_rules()}}}};
}

}  // namespace wideep::rules_page
