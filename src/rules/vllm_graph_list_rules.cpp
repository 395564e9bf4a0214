// Sizes of CUDA graphs that are given one by one.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "rules/vllm_graphs.h"

namespace wideep {
namespace {

std::string as_list(const std::set<long long>& sizes) {
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

/// Each size that is no multiple, as the next one that is; the largest as the one below it.
std::set<long long> made_multiples(const std::vector<long long>& sizes, long long of) {
  std::set<long long> multiples;
  const long long most = *std::max_element(sizes.begin(), sizes.end());
  for (const long long size : sizes) {
    const long long up = (size + of - 1) / of * of;
    if (up <= most) multiples.insert(up);
  }
  multiples.insert(std::max(of, most / of * of));
  return multiples;
}

void graph_not_multiple(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<int> drafts = vllm_drafts(role);
  const auto sizes = graph_sizes(role);
  if (role.kind == RoleKind::kPrefill || !drafts || *drafts == 0 || !sizes) return;
  if (!whole_graphs(role)) return;
  const long long tokens = 1 + *drafts;
  // Sizes below one request's tokens serve nothing but steps of few prompt tokens.
  std::vector<long long> usable;
  for (const long long size : *sizes) {
    if (size >= tokens) usable.push_back(size);
  }
  std::vector<long long> multiples;
  std::copy_if(usable.begin(), usable.end(), std::back_inserter(multiples), [=](long long size) {
    return size % tokens == 0;
  });
  if (usable.size() == multiples.size()) return;
  const Setting* const list = graph_list(role);
  const bool decode_alone = flag_text(role, kGraphModeFlag) == "FULL_DECODE_ONLY";
  RuleCase found{.message = {},
                 .at = list->at,
                 .changes = {set_flag(list->key, as_list(made_multiples(usable, tokens)))},
                 .grade = multiples.empty() || decode_alone ? Grade::kWarning : Grade::kAdvice};
  found.message = fmt::format(
      "{} of {} capture sizes are no multiples of {}, the tokens of a request with {} draft{}: "
      "vLLM rounds them up or leaves them to mixed steps",
      usable.size() - multiples.size(),
      usable.size(),
      tokens,
      *drafts,
      *drafts == 1 ? "" : "s");
  cases.push_back(std::move(found));
}

void graph_list_max(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const Setting* const most = graph_max(role);
  auto sizes = graph_sizes(role);
  if (most == nullptr || !sizes || graphs_off(role)) return;
  const std::optional<long long> stated = number_in(*most);
  const std::optional<long long> tokens = flag_number(role, kTokensFlag);
  if (!stated || (flag(role, kTokensFlag) != nullptr && !tokens)) return;
  // vLLM batches no fewer tokens where nothing is said.
  constexpr long long kFewestByDefault = 2048;
  const long long step = tokens.value_or(kFewestByDefault);
  const long long largest = *std::max_element(sizes->begin(), sizes->end());
  if (!tokens && largest > step) return;
  std::erase_if(*sizes, [step](long long size) { return size > step; });
  const long long kept = sizes->empty() ? 0 : *std::max_element(sizes->begin(), sizes->end());
  if (kept == *stated || kept == 0) return;
  const std::string dropped =
      kept == largest ? ""
                      : fmt::format(" once those above the {} tokens of a step are gone", step);
  cases.push_back({.message = fmt::format("the largest capture size is {}{}, and {} says {}: vLLM "
                                          "refuses to start",
                                          kept,
                                          dropped,
                                          kGraphMaxFlag,
                                          *stated),
                   .at = most->at,
                   .changes = {set_flag(most->key, kept)}});
}

void graph_sp_sizes(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const bool sequence = is_on(role, "compilation-config.pass_config.enable_sp") ||
                        is_on(role, "compilation-config.pass_config.fuse_gemm_comms");
  const std::optional<int> tp = vllm_size(role, "tensor-parallel-size");
  const auto sizes = graph_sizes(role);
  if (!sequence || !tp || *tp < 2 || !sizes || graphs_off(role)) return;
  std::set<long long> kept;
  std::set<long long> dropped;
  for (const long long size : *sizes) (size % *tp == 0 ? kept : dropped).insert(size);
  if (dropped.empty()) return;
  RuleCase found{.message = fmt::format("sequence parallelism over {} ranks has graphs for "
                                        "multiples of that alone, not for {} tokens",
                                        *tp,
                                        fmt::join(dropped, ", ")),
                 .at = graph_list(role)->at};
  if (kept.empty()) {
    found.advice = fmt::format("sizes that are multiples of {}", *tp);
  } else {
    found.changes = {set_flag(graph_list(role)->key, as_list(kept))};
  }
  cases.push_back(std::move(found));
}

constexpr std::array kVllmGraphListRules = {
    DeploymentRule{.name = "vllm-graph-not-multiple",
                   .grade = Grade::kWarning,
                   .what = "A decode step with drafts has one and the draft tokens for each "
                           "request, and its graph as many: other sizes are rounded up, or serve "
                           "mixed steps alone, and the batch is padded to the next that fits.",
                   .fix = "capture sizes that are multiples of one and the draft tokens",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b; vllm/config/compilation.py @002284db",
                   .versions = "those with capture sizes that are given one by one",
                   .find = graph_not_multiple},
    DeploymentRule{.name = "vllm-graph-list-max",
                   .grade = Grade::kError,
                   .what = "Capture sizes and the largest of them may be given both, but must then "
                           "agree after sizes above --max-num-batched-tokens have been dropped. "
                           "vLLM refuses to start otherwise.",
                   .fix = "one of the two",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .since = EngineVersion{0, 11, 1},
                   .find = graph_list_max},
    DeploymentRule{.name = "vllm-graph-sp-sizes",
                   .grade = Grade::kAdvice,
                   .what = "Sequence parallelism deals a step's tokens out over tensor-parallel "
                           "ranks, and graphs are made for multiples of their number alone. Other "
                           "sizes are dropped with a warning.",
                   .fix = "capture sizes that are multiples of --tensor-parallel-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with the pass for sequence parallelism",
                   .find = graph_sp_sizes}};

}  // namespace

std::span<const DeploymentRule> vllm_graph_list_rules() {
  return kVllmGraphListRules;
}

}  // namespace wideep
