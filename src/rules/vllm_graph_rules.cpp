// CUDA graphs of vLLM, whose sizes are tokens of a rank.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_graphs.h"

namespace wideep {
namespace {

void graph_max_small(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<FullBatch> batch = vllm_full_batch(role);
  const std::optional<LargestGraph> graph = largest_graph(context);
  if (role.kind == RoleKind::kPrefill || !batch || !graph || graphs_off(role)) return;
  // An aggregated role's steps are mostly larger than decode's, and its default is left to it.
  if (role.kind == RoleKind::kAggregated && graph->at == nullptr) return;
  const long long step = flag_number(role, kTokensFlag).value_or(batch->tokens());
  const long long full = std::min(batch->tokens(), step);
  if (graph->tokens >= full) return;
  RuleCase found{
      .message = fmt::format("CUDA graphs end at {} tokens{}, and {} are {}{}: from {} requests on "
                             "decode runs without one",
                             graph->tokens,
                             graph->at == nullptr ? ", the default" : "",
                             text_of(*batch),
                             batch->tokens(),
                             step < batch->tokens() ? fmt::format(", {} a step", step) : "",
                             graph->tokens / (1 + batch->drafts) + 1),
      .at = graph->at == nullptr ? place_of_flag(context, "max-num-seqs") : graph->at->at};
  if (graph->is_list) {
    found.advice = fmt::format("capture sizes up to {}", full);
  } else {
    const std::string_view key =
        graph->at == nullptr ? kGraphMaxFlag : std::string_view(graph->at->key);
    found.changes = {set_flag(key, full)};
  }
  cases.push_back(std::move(found));
}

void eager_decode(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (role.kind != RoleKind::kDecode) return;
  if (is_on(role, "enforce-eager")) {
    cases.push_back({.message = "--enforce-eager leaves decode without CUDA graphs: each kernel of "
                                "every step is launched by itself",
                     .at = place_of_flag(context, "enforce-eager"),
                     .changes = {remove_flag("enforce-eager")}});
  } else if (flag_text(role, kGraphModeFlag) == "NONE") {
    cases.push_back({.message =
                         "cudagraph_mode NONE leaves decode without CUDA graphs: each kernel "
                         "of every step is launched by itself",
                     .at = place_of_flag(context, kGraphModeFlag),
                     .changes = {set_flag(kGraphModeFlag, "FULL_DECODE_ONLY")}});
  }
}

constexpr std::array kVllmGraphRules = {
    DeploymentRule{.name = "vllm-graph-max-small",
                   .grade = Grade::kWarning,
                   .what =
                       "Graphs are captured for steps of so many tokens, a request's draft "
                       "tokens and one more each. A batch beyond the largest graph runs without "
                       "one. Where nothing is said the largest is twice the full batch, but no "
                       "more than 512, or 1024 on Blackwell.",
                   .fix = "--max-cudagraph-capture-size of --max-num-seqs times one and the draft "
                          "tokens",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .since = EngineVersion{0, 11, 1},
                   .find = graph_max_small},
    DeploymentRule{.name = "vllm-eager-decode",
                   .grade = Grade::kWarning,
                   .what = "Decode's steps are short, and without CUDA graphs launching their "
                           "kernels takes longer than running them.",
                   .fix = "cudagraph_mode FULL_DECODE_ONLY for decode",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .find = eager_decode}};

}  // namespace

std::span<const DeploymentRule> vllm_graph_rules() {
  return kVllmGraphRules;
}

}  // namespace wideep
