// How DeepEP is tuned in SGLang, and what memory is kept for it.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// DeepEP asks for an even number of SMs.
int up_to_even(int number) {
  return number + number % 2;
}

constexpr std::string_view kDispatchSms = "deepep-config.normal_dispatch.num_sms";

/// deepep.py@003a81bf, get_deepep_buffer: logged below half of the SMs.
void deepep_few_sms(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (role.all2all != "deepep" || unresolved(context.role, "deepep-mode")) return;
  if (flag_text(context.role, "deepep-mode") == "low_latency") return;
  if (is_on(context.role, "enable-two-batch-overlap") || context.machine == nullptr) return;
  // In decode, auto runs the low-latency kernels, which take no notice of it.
  if (context.role.kind == RoleKind::kDecode || !context.machine->sms) return;
  const auto sms = flag_number(context.role, kDispatchSms);
  if (!sms || *sms >= *context.machine->sms / 2) return;
  cases.push_back(
      {.message = fmt::format("dispatch and combine run on {} of {} SMs, and without two-batch "
                              "overlap the others wait for them",
                              *sms,
                              *context.machine->sms),
       .at = place_of_flag(context, kDispatchSms),
       .advice = fmt::format("num_sms of {} and more for both parts of --deepep-config, measured "
                             "with DeepEP's test_internode.py",
                             up_to_even(*context.machine->sms / 2))});
}

void deepep_config_idle(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (flag(context.role, "deepep-config") == nullptr || !role.all2all) return;
  const bool low =
      *role.all2all == "deepep" && flag_text(context.role, "deepep-mode") == "low_latency";
  if (!low && !is_any_of(*role.all2all, {"none", "megamoe", "flashinfer", "flashinfer_megamoe"})) {
    return;
  }
  cases.push_back(
      {.message =
           low ? "deepep-config is for DeepEP's normal mode, and deepep-mode is low_latency"
               : fmt::format("deepep-config has no effect on the all-to-all {}", *role.all2all),
       .at = place_of_flag(context, "deepep-config"),
       .changes = {remove_flag("deepep-config")}});
}

// memory_hook.py@031ed82d, in MiB.
constexpr double kFixedReserve = 512.0;
constexpr double kPerActivationToken = 1.5;
constexpr int kFewestActivationTokens = 2048;
constexpr double kPerEightRanks = 1024.0;
constexpr int kEight = 8;
constexpr double kPerGraphRequest = 2.0;
constexpr double kPerGraphRequestAndRank = 3.0;
constexpr double kPerLargeGraphRequestAndRank = 1.5;
constexpr int kLargeGraph = 300;
constexpr double kLeastReserve = 10240.0;
constexpr double kDeepepReserve = 2048.0;
constexpr double kMiBOfGiB = 1024.0;

/// Of all memory. Weights of a wide instance take a third of it and more; below this there is next
/// to nothing for the cache. Recipes that are published set 0.75 to 0.94.
constexpr double kLeastFraction = 0.6;

double reserve_of(const SglangRole& role, long long requests, int graph) {
  const double tokens = static_cast<double>(requests) * *role.tokens_per_request;
  double reserve = kFixedReserve;
  reserve += std::max(tokens, static_cast<double>(kFewestActivationTokens)) * kPerActivationToken;
  reserve += static_cast<double>(role.tp) * role.pp / kEight * kPerEightRanks;
  if (!role.graphs_off) reserve += graph * kPerGraphRequest;
  if (role.dp > 1) {
    reserve += static_cast<double>(graph) * role.dp * kPerGraphRequestAndRank;
    if (graph > kLargeGraph) {
      reserve += static_cast<double>(graph) * role.dp * kPerLargeGraphRequestAndRank;
    }
  }
  reserve = std::max(reserve, kLeastReserve);
  return role.all2all == "deepep" && !role.graphs_off ? reserve + kDeepepReserve : reserve;
}

void mem_static_auto(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind != RoleKind::kDecode || !role.sizes_known || !role.tokens_per_request) {
    return;
  }
  if (flag(context.role, "mem-fraction-static") != nullptr || !role.graph) return;
  if (context.machine == nullptr || !context.machine->memory) return;
  const auto requests = flag_number(context.role, "max-running-requests");
  if (!requests || *requests < 1) return;
  const double memory = *context.machine->memory / kMiB;
  const double reserve = reserve_of(role, *requests, *role.graph);
  const double fraction = 1.0 - reserve / memory;
  if (fraction >= kLeastFraction) return;
  cases.push_back(
      {.message = fmt::format(
           "without mem-fraction-static {:.0f} of {:.0f} GiB are kept free, for {} requests of the "
           "whole instance and graphs of {}: {:.0f} are left for weights and cache",
           reserve / kMiBOfGiB,
           memory / kMiBOfGiB,
           *requests,
           *role.graph,
           std::max(0.0, memory - reserve) / kMiBOfGiB),
       .at = place_of_flag(context, "max-running-requests"),
       .advice =
           "--mem-fraction-static by what a first start leaves free; 0.75 to 0.94 are in use"});
}

constexpr std::array kDeepepRules = {
    DeploymentRule{
        .name = "sgl-deepep-few-sms",
        .grade = Grade::kAdvice,
        .what = "In normal mode DeepEP copies on as many SMs as num_sms says. Where no second "
                "batch computes meanwhile, the other SMs wait; SGLang logs below half of them.",
        .fix = "num_sms in --deepep-config, or --enable-two-batch-overlap",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf",
        .versions = "all with deepep",
        .find = deepep_few_sms},
    DeploymentRule{.name = "deepep-config-idle",
                   .grade = Grade::kAdvice,
                   .what = "deepep-config tunes DeepEP's normal mode and is read by nothing else.",
                   .fix = "without --deepep-config",
                   .proof = Proof::kDeduced,
                   .source = "python/sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf, "
                             "mega_moe_hook.py @04fa8c01",
                   .find = deepep_config_idle},
    DeploymentRule{.name = "sgl-mem-static-auto",
                   .grade = Grade::kWarning,
                   .what = "Without mem-fraction-static SGLang keeps memory free by a formula: for "
                           "max-running-requests of the whole instance times their tokens, as if "
                           "one GPU ran them all, and for graphs times the ranks of DP attention. "
                           "On a wide decode instance that leaves too little for the cache.",
                   .fix = "--mem-fraction-static",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/memory_hook.py @031ed82d",
                   .versions = "read at the commit",
                   .find = mem_static_auto}};

}  // namespace

std::span<const DeploymentRule> sglang_deepep_rules() {
  return kDeepepRules;
}

}  // namespace wideep
