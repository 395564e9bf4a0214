// Two halves of a batch in SGLang, and where they or the spread of experts do not pay.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kTwo = "enable-two-batch-overlap";
constexpr std::string_view kSingle = "enable-single-batch-overlap";

/// moe_hook.py@003b6ade, mega_moe_hook.py@04fa8c01, parallel_hook.py@008b79d2.
void tbo_illegal(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.all2all || !role.runner) return;
  const bool fused = is_any_of(*role.all2all, {"deepep_v2", "megamoe"});
  const bool weights = flag_number(context.role, "dwdp-size").value_or(1) > 1;
  for (const std::string_view key : {kTwo, kSingle}) {
    if (!is_on(context.role, key)) continue;
    const std::string_view what = key == kTwo ? "two-batch overlap" : "single-batch overlap";
    RuleCase found{.message = {}, .at = place_of_flag(context, key), .changes = {remove_flag(key)}};
    if (fused) {
      const bool flashinfer = *role.runner == "flashinfer_megamoe";
      found.message = fmt::format(
          "{} does not run with {}, which has no parts to hide: SGLang refuses to start",
          what,
          flashinfer ? *role.runner : *role.all2all);
    } else if (key == kTwo && weights) {
      found.message =
          "two-batch overlap does not run with dwdp-size above 1, which fetches weights instead: "
          "SGLang asserts at start";
    } else if (key == kTwo && *role.all2all == "none") {
      found.grade = Grade::kWarning;
      found.message =
          "two-batch overlap hides an all-to-all, and moe-a2a-backend is none: earlier releases "
          "refuse to start";
    } else {
      continue;
    }
    cases.push_back(found);
  }
}

/// cuda_graph_hook.py@019667ad: a back end that is named stays on.
void tbo_graphs(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, kTwo)) return;
  if (flag(context.role, "cuda-graph-backend-prefill") != nullptr ||
      flag(context.role, "cuda-graph-config") != nullptr) {
    return;
  }
  for (const std::string_view key : {"cuda-graph-max-bs-prefill", "cuda-graph-bs-prefill"}) {
    if (flag(context.role, key) == nullptr) continue;
    cases.push_back(
        {.message = fmt::format(
             "two-batch overlap switches prefill graphs off, and {} has no effect", key),
         .at = place_of_flag(context, key),
         .changes = {remove_flag(key)}});
  }
}

void tbo_one_node(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!is_on(context.role, kTwo) || !role.all2all || !role.sizes_known) return;
  if (*role.all2all == "none" || !context.role.gpus_per_node) return;
  const int ranks = role.tp * role.pp;
  if (ranks < 2 || ranks > context.role.gpus_per_node->value) return;
  cases.push_back({.message = fmt::format("all {} ranks are in one node, where the all-to-all is "
                                          "short and two half batches cost more than they hide",
                                          ranks),
                   .at = place_of_flag(context, kTwo),
                   .changes = {remove_flag(kTwo)}});
}

void ep_low_load(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind == RoleKind::kPrefill || role.dp < 2 || !role.sizes_known) return;
  const std::optional<long long> requests = offered_requests(context);
  if (!requests || *requests < 1 || *requests >= role.dp) return;
  cases.push_back(
      {.message = fmt::format("an instance gets {} requests at once and has {} ranks of DP "
                              "attention: {} of them run empty in every step",
                              *requests,
                              role.dp,
                              role.dp - *requests),
       .at = place_of_flag(context, "dp-size"),
       .advice =
           "tensor parallelism instead, without --enable-dp-attention, or a narrower instance"});
}

constexpr std::array kOverlapRules = {
    DeploymentRule{.name = "sgl-tbo-illegal",
                   .grade = Grade::kError,
                   .what = "Two-batch and single-batch overlap run parts of dispatch and combine "
                           "beside experts. deepep_v2 and megamoe have no such parts, and "
                           "shared-out weights (dwdp) send no tokens. SGLang refuses to start.",
                   .fix = "without --enable-two-batch-overlap and --enable-single-batch-overlap",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade, mega_moe_hook.py "
                             "@04fa8c01, parallel_hook.py @008b79d2",
                   .versions = "read at the commits; without an all-to-all, earlier releases alone",
                   .hides = {"sgl-tbo-one-node"},
                   .find = tbo_illegal},
    DeploymentRule{.name = "sgl-tbo-graphs",
                   .grade = Grade::kAdvice,
                   .what = "Prefill graphs are not captured with two-batch overlap, unless their "
                           "back end is named.",
                   .fix = "without sizes of prefill graphs",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/cuda_graph_hook.py @019667ad",
                   .versions = "those with --cuda-graph-max-bs-prefill",
                   .find = tbo_graphs},
    DeploymentRule{.name = "sgl-tbo-one-node",
                   .grade = Grade::kAdvice,
                   .what = "Within a node the all-to-all takes little time, and experts run two "
                           "half batches less well than one. Users measured up to 70 % less "
                           "throughput and 92 % more time to the first token.",
                   .fix = "without --enable-two-batch-overlap",
                   .proof = Proof::kThread,
                   .source = "sgl-project/sglang #4068, #7255, #9660",
                   .find = tbo_one_node},
    DeploymentRule{.name = "sgl-ep-low-load",
                   .grade = Grade::kAdvice,
                   .what = "Each rank of DP attention runs requests of its own, and every step "
                           "waits for all of them. With fewer requests than ranks the rest compute "
                           "padding; tensor parallelism shares each request among all.",
                   .fix = "tensor parallelism, or fewer ranks",
                   .proof = Proof::kThread,
                   .source = "sgl-project/sglang #23896; deepseek-ai/DeepEP #462",
                   .find = ep_low_load}};

}  // namespace

std::span<const DeploymentRule> sglang_overlap_rules() {
  return kOverlapRules;
}

}  // namespace wideep
