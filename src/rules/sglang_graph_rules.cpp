// CUDA graphs of SGLang: how large they are, and what switches them off.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

void normal_graphs(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "deepep" || role.graphs_off || context.role.kind == RoleKind::kPrefill) {
    return;
  }
  if (flag_text(context.role, "deepep-mode") != "normal") return;
  const bool decodes = context.role.kind == RoleKind::kDecode;
  cases.push_back({.message = "deepep-mode normal switches all CUDA graphs off, and every decode "
                              "step is launched kernel by kernel",
                   .at = place_of_flag(context, "deepep-mode"),
                   .changes = {set_flag("deepep-mode", decodes ? "low_latency" : "auto")}});
}

/// cuda_graph: captures end at the pool, but what is kept for them does not.
void graph_over_pool(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind == RoleKind::kPrefill || !role.sizes_known || role.graphs_off) return;
  if (!role.graph || !role.pool || *role.pool < 1 || *role.graph <= *role.pool) return;
  const bool mega = role.all2all == "megamoe";
  const bool kept = flag(context.role, "mem-fraction-static") == nullptr;
  if (!mega && !kept) return;
  cases.push_back(
      {.message = fmt::format(
           "graphs go to {} requests, and a rank runs {} at most: {} for the larger number",
           *role.graph,
           *role.pool,
           mega ? "MegaMoE's buffers are needed" : "memory is kept free"),
       .at = role.graph_at->at,
       .changes = graphs_up_to(role, *role.pool),
       .advice = "graphs up to what a rank runs"});
}

void graph_under_pool(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind == RoleKind::kPrefill || !role.sizes_known || role.graphs_off) return;
  if (flag(context.role, "max-running-requests") == nullptr) return;
  if (!role.graph || !role.pool || *role.graph >= *role.pool) return;
  const std::optional<long long> offered = offered_per_rank(context, role.dp);
  if (offered && *offered <= *role.graph) return;
  const long long most = offered ? std::min<long long>(*offered, *role.pool) : *role.pool;
  cases.push_back(
      {.message = fmt::format(
           "graphs end at {} requests and a rank {} {}: larger steps are launched kernel by kernel",
           *role.graph,
           offered ? "gets" : "may run",
           most),
       .at = role.graph_at->at,
       .changes = graphs_up_to(role, most),
       .advice = fmt::format("graphs up to {} requests", most)});
}

/// cuda_graph_hook.py@019667ad, disable_breakable_cudagraph_if_incompatible and before it.
std::string_view prefill_graphs_off(const RuleContext& context, const SglangRole& role) {
  if (role.pp > 1) return "pipeline stages";
  if (role.dcp > 1) return "decode context parallelism";
  const bool able =
      !role.all2all || is_any_of(*role.all2all, {"none", "deepep", "megamoe", "flashinfer"});
  if (!able) return "that all-to-all";
  if (context.model != nullptr && context.model->name.starts_with("deepseek-v4")) {
    return "DeepSeek-V4";
  }
  return {};
}

void prefill_graph_off(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::string_view why = prefill_graphs_off(context, role);
  if (why.empty() || flag(context.role, "cuda-graph-backend-prefill") != nullptr ||
      flag(context.role, "cuda-graph-config") != nullptr) {
    return;
  }
  for (const std::string_view key : {"cuda-graph-max-bs-prefill", "cuda-graph-bs-prefill"}) {
    if (flag(context.role, key) == nullptr) continue;
    cases.push_back({.message = fmt::format("SGLang captures no prefill graphs with {} unless "
                                            "their back end is named, and {} has no effect",
                                            why,
                                            key),
                     .at = place_of_flag(context, key),
                     .changes = {remove_flag(key)}});
  }
}

constexpr std::array kGraphRules = {
    DeploymentRule{
        .name = "sgl-normal-graphs",
        .grade = Grade::kWarning,
        .what = "DeepEP's normal mode cannot be captured. SGLang switches the CUDA graphs of "
                "decode and prefill off with a line in its log, and decode pays every launch.",
        .fix = "--deepep-mode low_latency on decode, auto where both run",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade",
        .versions = "all with deepep",
        .find = normal_graphs},
    DeploymentRule{
        .name = "sgl-graph-over-pool",
        .grade = Grade::kAdvice,
        .what = "Graphs are captured up to the requests that a rank runs, max-running-requests "
                "over dp-size. What is kept free for them, and what MegaMoE's buffers are checked "
                "against, goes by the number that is written.",
        .fix = "--cuda-graph-max-bs of what one rank runs",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/memory_hook.py @031ed82d, mega_moe_hook.py @04fa8c01",
        .find = graph_over_pool},
    DeploymentRule{
        .name = "sgl-graph-under-pool",
        .grade = Grade::kWarning,
        .what = "Steps with more requests than the largest graph has run without one. A rank runs "
                "max-running-requests over dp-size, or what the benchmark in the file asks of it.",
        .fix = "--cuda-graph-max-bs of what one rank runs",
        .proof = Proof::kDeduced,
        .source = "python/sglang/srt/arg_groups/memory_hook.py @031ed82d",
        .find = graph_under_pool},
    DeploymentRule{
        .name = "sgl-prefill-graph-off",
        .grade = Grade::kAdvice,
        .what = "Prefill graphs are not captured with pipeline stages, decode context parallelism, "
                "DeepSeek-V4 and most all-to-alls, unless their back end is named.",
        .fix = "--cuda-graph-backend-prefill, or without their sizes",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/cuda_graph_hook.py @019667ad",
        .versions = "those with --cuda-graph-max-bs-prefill",
        .find = prefill_graph_off}};

}  // namespace

std::span<const DeploymentRule> sglang_graph_rules() {
  return kGraphRules;
}

}  // namespace wideep
