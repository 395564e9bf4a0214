// How vLLM spreads a model over ranks: data parallelism multiplies, and experts lie over all of it.
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// What is written in the hope that it sets the width.
constexpr std::array<std::string_view, 4> kWidthFlags = {
    "expert-parallel-size", "ep-size", "expert-model-parallel-size", "moe-expert-parallel-size"};

void ep_width_is_product(const RuleContext& context, std::vector<RuleCase>& cases) {
  for (const std::string_view key : kWidthFlags) {
    const Setting* const width = flag(context.role, key);
    if (width == nullptr) continue;
    const std::optional<int> tp = vllm_size(context.role, "tensor-parallel-size");
    const std::optional<int> dp = vllm_dp(context.role);
    RuleCase found{.message = fmt::format("vLLM has no --{} and stops at its command line", key),
                   .at = width->at,
                   .changes = {remove_flag(key)}};
    if (tp && dp && lacks(context.role, kPcpFlag)) {
      found.message +=
          fmt::format("; experts lie over TP x DP = {} x {} = {} ranks", *tp, *dp, 1LL * *tp * *dp);
    }
    const std::optional<long long> wanted = number_in(*width);
    if (wanted.value_or(1) > 1 && switched_off(context.role, "enable-expert-parallel")) {
      found.changes.push_back(set_flag("enable-expert-parallel"));
    }
    cases.push_back(std::move(found));
  }
}

void ep_flag_missing(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> dp = vllm_dp(context.role);
  const std::optional<int> tp = vllm_size(context.role, "tensor-parallel-size");
  if (!dp || !tp || *dp < 2 || experts_fused(context.role)) return;
  if (!switched_off(context.role, "enable-expert-parallel")) return;
  const bool moe = context.model != nullptr && context.model->experts.value_or(1) > 1;
  const std::optional<std::string> backend = flag_text(context.role, kAll2allFlag);
  const bool unsaid = lacks(context.role, "enable-expert-parallel");
  if (!backend && !(moe && unsaid)) return;
  const std::string cut = fmt::format("every expert is cut over all {} ranks", 1LL * *tp * *dp);
  cases.push_back(
      {.message =
           backend ? fmt::format(
                         "without --enable-expert-parallel {}, and {} is not used", cut, *backend)
                   : "without --enable-expert-parallel " + cut,
       .at = place_of_flag(context, backend ? kAll2allFlag : "data-parallel-size"),
       .changes = {set_flag("enable-expert-parallel")}});
}

void a2a_idle_dp1(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<std::string> backend = flag_text(context.role, kAll2allFlag);
  const std::optional<int> pcp = vllm_size(context.role, kPcpFlag);
  if (!backend || *backend == "allgather_reducescatter" || !pcp) return;
  if (vllm_dp(context.role) != 1) return;
  if (*pcp > 1 && !switched_off(context.role, "enable-expert-parallel")) return;
  std::vector<Change> changes = {remove_flag(kAll2allFlag)};
  // It asserts without a back end of its own, and does nothing with one rank either.
  if (is_on(context.role, "enable-dbo")) changes.push_back(remove_flag("enable-dbo"));
  cases.push_back({.message = *backend + " has no effect with one data-parallel rank: nothing is "
                                         "exchanged but an all-reduce",
                   .at = place_of_flag(context, kAll2allFlag),
                   .changes = std::move(changes)});
}

constexpr std::array kVllmParallelRules = {
    DeploymentRule{.name = "vllm-ep-width-is-product",
                   .grade = Grade::kError,
                   .what = "vLLM takes no width of expert parallelism. With "
                           "--enable-expert-parallel experts lie over tensor-parallel times "
                           "data-parallel ranks, and prefill context parallelism where it is on. "
                           "An unknown flag stops it at its command line.",
                   .fix = "--enable-expert-parallel, with TP x DP the width",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82; vllm #27898, recipes #326",
                   .hides = {"vllm-ep-flag-missing", "flag-spelling"},
                   .find = ep_width_is_product},
    DeploymentRule{.name = "vllm-ep-flag-missing",
                   .grade = Grade::kWarning,
                   .what = "Data parallelism alone does not spread experts: each is cut over all "
                           "ranks of all replicas, and tokens go by all-gather and reduce-scatter "
                           "whatever back end was chosen.",
                   .fix = "--enable-expert-parallel",
                   .proof = Proof::kRead,
                   .source = "vllm/model_executor/layers/fused_moe/all2all_utils.py @02bd2a49",
                   .about = RuleAbout::kCutExperts,
                   .find = ep_flag_missing},
    DeploymentRule{.name = "vllm-a2a-idle-dp1",
                   .grade = Grade::kWarning,
                   .what = "An all-to-all back end works between data-parallel ranks. With one of "
                           "them every rank has every token, and the back end is not used.",
                   .fix = "--data-parallel-size above 1, or no --all2all-backend",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .hides = {"vllm-dbo-dp1"},
                   .find = a2a_idle_dp1}};

}  // namespace

std::span<const DeploymentRule> vllm_parallel_rules() {
  return kVllmParallelRules;
}

}  // namespace wideep
