// Dual-batch overlap of vLLM: what it runs with, and what leaves it without effect.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

constexpr std::string_view kDboFlag = "enable-dbo";
constexpr std::string_view kUbatchFlag = "ubatch-size";

/// vllm/config/vllm.py@000fc94b: back ends that DBO runs with.
constexpr std::array<std::string_view, 3> kDboBackends = {
    "deepep_low_latency", "deepep_high_throughput", "nixl_ep"};

void dbo_backend(const RuleContext& context, std::vector<RuleCase>& cases) {
  const bool dbo = is_on(context.role, kDboFlag);
  if (!dbo && flag_number(context.role, kUbatchFlag).value_or(0) < 2) return;
  const std::optional<std::string> backend = vllm_all2all(context.role);
  if (!backend) return;
  if (std::find(kDboBackends.begin(), kDboBackends.end(), *backend) != kDboBackends.end()) return;
  const bool prefill = context.role.kind == RoleKind::kPrefill;
  cases.push_back(
      {.message = "dual-batch overlap does not run with " + *backend +
                  (context.sizes.all2all ? "" : ", the default") + ": vLLM asserts at start",
       .at = place_of_flag(context, dbo ? kDboFlag : kUbatchFlag),
       .changes = {
           set_flag(kAll2allFlag, prefill ? "deepep_high_throughput" : "deepep_low_latency")}});
}

void dbo_dp1(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, kDboFlag) || vllm_dp(context.role) != 1) return;
  cases.push_back({.message = "dual-batch overlap never splits a step with one data-parallel rank",
                   .at = place_of_flag(context, kDboFlag),
                   .changes = {remove_flag(kDboFlag)}});
}

void dbo_v2_runner(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, kDboFlag) || asks_for_v2(context.role) != true) return;
  // vllm #50945 of September 2026 is in none of the versions before this one.
  constexpr EngineVersion kAccepted{0, 29, 0};
  const bool refused = is_before(context, kAccepted);
  cases.push_back(
      {.message = refused ? "Model Runner V2 does not do dual-batch overlap: vLLM refuses to start"
                          : "with Model Runner V2, steps of dual-batch overlap run without CUDA "
                            "graphs, and vLLM before September 2026 refuses to start",
       .at = place_of_variable(context, kRunnerVariable),
       .changes = {remove_variable(kRunnerVariable)},
       .grade = refused ? Grade::kError : Grade::kWarning});
}

/// From so many tokens of a rank on a step is split. config/parallel.py@00193b82.
struct DboThreshold {
  std::string_view key;
  int by_default;
  std::string_view steps;
};
constexpr DboThreshold kDecodeThreshold{"dbo-decode-token-threshold", 32, "decode"};
constexpr DboThreshold kPrefillThreshold{"dbo-prefill-token-threshold", 512, "prefill"};

/// The case of steps that have no more tokens than that; nothing where some are split, or where it
/// is not known.
std::optional<RuleCase> never_splits(const RuleContext& context,
                                     const DboThreshold& threshold,
                                     std::optional<long long> most) {
  const bool stated = flag(context.role, threshold.key) != nullptr;
  const std::optional<long long> from = lacks(context.role, threshold.key)
                                            ? threshold.by_default
                                            : flag_number(context.role, threshold.key);
  if (!most || !from || *from <= *most) return std::nullopt;
  RuleCase found{.message = fmt::format("dual-batch overlap never splits a step: its threshold is "
                                        "{} tokens of a rank, and {} steps have {} at most",
                                        *from,
                                        threshold.steps,
                                        *most),
                 .at = place_of_flag(context, stated ? threshold.key : kDboFlag)};
  if (stated && threshold.by_default <= *most) {
    found.changes = {set_flag(threshold.key, threshold.by_default)};
  } else {
    found.changes = {remove_flag(kDboFlag)};
  }
  return found;
}

void dbo_threshold_dead(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!is_on(role, kDboFlag) || vllm_dp(role).value_or(1) < 2) return;
  const std::optional<long long> tokens = flag_number(role, kTokensFlag);
  std::optional<long long> decode;
  if (const auto batch = vllm_full_batch(role)) {
    decode = std::min(batch->tokens(), tokens.value_or(batch->tokens()));
  }
  // One of the two is often set beyond reach on purpose, where steps of both kinds run.
  const bool both = role.kind == RoleKind::kAggregated;
  if (both && !never_splits(context, kDecodeThreshold, decode)) return;
  std::optional<RuleCase> found = role.kind == RoleKind::kDecode
                                      ? never_splits(context, kDecodeThreshold, decode)
                                      : never_splits(context, kPrefillThreshold, tokens);
  if (found) cases.push_back(std::move(*found));
}

void ubatch_ignored(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<long long> size = flag_number(context.role, kUbatchFlag);
  constexpr long long kOfDbo = 2;
  if (!is_on(context.role, kDboFlag) || !size || *size == 0 || *size == kOfDbo) return;
  cases.push_back(
      {.message = fmt::format("--enable-dbo splits a step in two whatever --ubatch-size "
                              "says, here {}",
                              *size),
       .at = place_of_flag(context, kUbatchFlag),
       .changes = {remove_flag(kUbatchFlag)}});
}

constexpr std::array kVllmOverlapRules = {
    DeploymentRule{.name = "vllm-dbo-backend",
                   .grade = Grade::kError,
                   .what = "Dual-batch overlap asserts at start unless the all-to-all is DeepEP's "
                           "or NIXL's; the default is neither.",
                   .fix = "--all2all-backend deepep_low_latency, deepep_high_throughput or nixl_ep",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --enable-dbo",
                   .hides = {"vllm-a2a-default"},
                   .find = dbo_backend},
    DeploymentRule{.name = "vllm-dbo-dp1",
                   .grade = Grade::kWarning,
                   .what =
                       "Dual-batch overlap hides the exchange between data-parallel ranks. With "
                       "one of them vLLM takes the flag and never splits a step.",
                   .fix = "--data-parallel-size above 1, or no --enable-dbo",
                   .proof = Proof::kDeduced,
                   .source = "vllm/config/vllm.py @000fc94b; vllm/v1/worker/dp_utils.py",
                   .versions = "those with --enable-dbo",
                   .find = dbo_dp1},
    DeploymentRule{.name = "vllm-dbo-v2-runner",
                   .grade = Grade::kError,
                   .what = "Model Runner V2 came without dual-batch overlap, and vLLM refused to "
                           "start with both. Since September 2026 it does it, in steps without "
                           "CUDA graphs.",
                   .fix = "no VLLM_USE_V2_MODEL_RUNNER=1, or no --enable-dbo",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b; vllm #50945",
                   .versions = "refused before 0.29, without CUDA graphs after that",
                   .find = dbo_v2_runner},
    DeploymentRule{.name = "vllm-dbo-threshold-dead",
                   .grade = Grade::kWarning,
                   .what = "A step is split where every rank has at least so many tokens: 32 in "
                           "steps of decode alone, 512 in others. Where no step of a role gets "
                           "there, dual-batch overlap does nothing for it.",
                   .fix = "a lower threshold, or no --enable-dbo",
                   .proof = Proof::kRead,
                   .source = "vllm/v1/worker/ubatch_utils.py @015d6f9d",
                   .versions = "those with --enable-dbo",
                   .find = dbo_threshold_dead},
    DeploymentRule{.name = "vllm-ubatch-ignored",
                   .grade = Grade::kAdvice,
                   .what = "With --enable-dbo the number of micro-batches is two; --ubatch-size "
                           "counts without it alone.",
                   .fix = "no --ubatch-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --ubatch-size",
                   .find = ubatch_ignored}};

}  // namespace

std::span<const DeploymentRule> vllm_overlap_rules() {
  return kVllmOverlapRules;
}

}  // namespace wideep
