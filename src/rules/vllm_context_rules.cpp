// Context parallelism of vLLM: over prompts while they are read, and over the KV cache after that.
#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

void pcp_with_dp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> pcp = vllm_size(context.role, kPcpFlag);
  const std::optional<int> dp = vllm_dp(context.role);
  if (!pcp || !dp || *pcp < 2 || *dp < 2) return;
  cases.push_back({.message = fmt::format("prefill context parallelism of {} does not run with {} "
                                          "data-parallel ranks: vLLM refuses it",
                                          *pcp,
                                          *dp),
                   .at = place_of_flag(context, kPcpFlag),
                   .advice = "one of the two, with the other's ranks as --tensor-parallel-size"});
}

void pcp_needs_v2_runner(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> pcp = vllm_size(context.role, kPcpFlag);
  if (!pcp || *pcp < 2 || asks_for_v2(context.role) != false) return;
  cases.push_back({.message =
                       "prefill context parallelism needs Model Runner V2, which is switched "
                       "off here: vLLM refuses to start",
                   .at = place_of_variable(context, kRunnerVariable),
                   .changes = {remove_variable(kRunnerVariable)}});
}

/// The largest size that is allowed, no larger than the one that was meant.
long long allowed_dcp(int tp, int pcp, int meant) {
  long long best = 1;
  const auto take = [&](long long size) {
    if (size <= meant) best = std::max(best, size);
  };
  if (pcp > 1) {
    take(pcp);
    take(1LL * tp * pcp);
    return best;
  }
  for (long long divisor = 1; divisor * divisor <= tp; ++divisor) {
    if (tp % divisor != 0) continue;
    take(divisor);
    take(tp / divisor);
  }
  return best;
}

void dcp_divides_tp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> tp = vllm_size(context.role, "tensor-parallel-size");
  const std::optional<int> pcp = vllm_size(context.role, kPcpFlag);
  const std::optional<int> dcp = vllm_size(context.role, kDcpFlag);
  if (!tp || !pcp || !dcp) return;
  const bool fits =
      *pcp == 1 ? *tp % *dcp == 0 : *dcp == 1 || *dcp == *pcp || *dcp == 1LL * *tp * *pcp;
  if (fits) return;
  cases.push_back(
      {.message =
           *pcp == 1
               ? fmt::format(
                     "decode-context-parallel-size {} does not divide TP {}: vLLM refuses it",
                     *dcp,
                     *tp)
               : fmt::format("with prefill context parallelism of {} and TP {}, "
                             "decode-context-parallel-size is 1, {} or {}, not {}: vLLM refuses it",
                             *pcp,
                             *tp,
                             *pcp,
                             1LL * *tp * *pcp,
                             *dcp),
       .at = place_of_flag(context, kDcpFlag),
       .changes = {set_flag(kDcpFlag, allowed_dcp(*tp, *pcp, *dcp))}});
}

void dcp_gqa_heads(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> tp = vllm_size(context.role, "tensor-parallel-size");
  const std::optional<int> dcp = vllm_size(context.role, kDcpFlag);
  if (!tp || !dcp || *dcp < 2 || context.model == nullptr) return;
  if (context.model->mla != false || !context.model->kv_heads) return;
  const int heads = *context.model->kv_heads;
  const int most = *tp > heads ? *tp / heads : 1;
  if (*dcp <= most) return;
  cases.push_back(
      {.message = most == 1
                      ? fmt::format("TP {} is not above the {} KV heads of {}, so that no ranks "
                                    "share one: vLLM asserts with decode context parallelism",
                                    *tp,
                                    heads,
                                    context.model->name)
                      : fmt::format("TP {} has each of the {} KV heads of {} on {} ranks, and "
                                    "decode-context-parallel-size {} is more: vLLM asserts",
                                    *tp,
                                    heads,
                                    context.model->name,
                                    most,
                                    *dcp),
       .at = place_of_flag(context, kDcpFlag),
       .changes = {most > 1 ? set_flag(kDcpFlag, most) : remove_flag(kDcpFlag)}});
}

void dcp_comm_a2a(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (flag_text(context.role, "dcp-comm-backend") != "a2a") return;
  const std::optional<int> dcp = vllm_size(context.role, kDcpFlag);
  if (dcp != 1) return;
  RuleCase found{.message =
                     "dcp-comm-backend a2a exchanges between ranks of decode context parallelism, "
                     "of which there is one: vLLM refuses it",
                 .at = place_of_flag(context, "dcp-comm-backend"),
                 .changes = {remove_flag("dcp-comm-backend")}};
  // A model's own default may come in between where none is stated.
  if (lacks(context.role, kDcpFlag)) found.grade = Grade::kWarning;
  cases.push_back(std::move(found));
}

void dcp_block(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> dcp = vllm_size(context.role, kDcpFlag);
  const std::optional<int> block = vllm_size(context.role, "block-size");
  const std::optional<int> interleave = vllm_size(context.role, "cp-kv-cache-interleave-size");
  if (!dcp || *dcp < 2 || !block || !interleave || lacks(context.role, "block-size")) return;
  // With a connector vLLM makes them equal.
  if (!lacks(context.role, "kv-transfer-config") || *block % *interleave == 0) return;
  cases.push_back(
      {.message = fmt::format(
           "--block-size {} is no multiple of cp-kv-cache-interleave-size {}: vLLM asserts",
           *block,
           *interleave),
       .at = place_of_flag(context, "cp-kv-cache-interleave-size"),
       .changes = {set_flag("cp-kv-cache-interleave-size", std::gcd(*block, *interleave))}});
}

constexpr std::array kVllmContextRules = {
    DeploymentRule{.name = "vllm-pcp-with-dp",
                   .grade = Grade::kError,
                   .what = "Prefill context parallelism and data parallelism exclude each other. "
                           "vLLM refuses to start with both.",
                   .fix = "one of the two",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with prefill context parallelism",
                   .find = pcp_with_dp},
    DeploymentRule{.name = "vllm-pcp-needs-v2-runner",
                   .grade = Grade::kError,
                   .what = "Prefill context parallelism is a part of Model Runner V2 alone. vLLM "
                           "refuses to start where the older runner is asked for.",
                   .fix = "no VLLM_USE_V2_MODEL_RUNNER=0",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with prefill context parallelism",
                   .find = pcp_needs_v2_runner},
    DeploymentRule{.name = "vllm-dcp-divides-tp",
                   .grade = Grade::kError,
                   .what = "The ranks over which decode's KV cache is cut are tensor-parallel "
                           "ones, so that their number divides TP. With prefill context "
                           "parallelism they are its ranks, or all of both. vLLM refuses other "
                           "sizes at start.",
                   .fix = "a divisor of --tensor-parallel-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --decode-context-parallel-size",
                   .find = dcp_divides_tp},
    DeploymentRule{.name = "vllm-dcp-gqa-heads",
                   .grade = Grade::kError,
                   .what = "With grouped-query attention decode context parallelism uses the ranks "
                           "on which KV heads are repeated: TP must be above the number of heads, "
                           "and the cut no finer than TP over heads. vLLM asserts otherwise.",
                   .fix = "--tensor-parallel-size above the KV heads, or no decode context "
                          "parallelism",
                   .proof = Proof::kExcerpt,
                   .source = "vllm/config/model.py, verify_with_parallel_config",
                   .versions = "those with --decode-context-parallel-size",
                   .find = dcp_gqa_heads},
    DeploymentRule{.name = "vllm-dcp-comm-a2a",
                   .grade = Grade::kError,
                   .what = "The exchange that dcp-comm-backend names happens between ranks of "
                           "decode context parallelism. vLLM refuses a2a where there is one.",
                   .fix = "--decode-context-parallel-size above 1, or no --dcp-comm-backend",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --dcp-comm-backend",
                   .find = dcp_comm_a2a},
    DeploymentRule{.name = "vllm-dcp-block",
                   .grade = Grade::kError,
                   .what =
                       "Decode context parallelism deals the tokens of a KV block out in pieces "
                       "that must divide it. vLLM asserts otherwise; with a KV connector it "
                       "takes the block itself.",
                   .fix = "--cp-kv-cache-interleave-size that divides --block-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --cp-kv-cache-interleave-size",
                   .find = dcp_block}};

}  // namespace

std::span<const DeploymentRule> vllm_context_rules() {
  return kVllmContextRules;
}

}  // namespace wideep
