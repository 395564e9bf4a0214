// Ranks, sizes and experts that DeepEP's kernels are made for.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/deepep_use.h"

namespace wideep {
namespace {

constexpr std::string_view kDeepEpTables = "deepseek-ai/DeepEP deep_ep/buffers/legacy.py @dd758ca";
constexpr std::string_view kDeepEpBuffer = "deepseek-ai/DeepEP csrc/legacy/buffer.hpp @dd758ca";
constexpr std::string_view kDeepEpSince = "DeepEP's first kernels, all builds";
constexpr int kDeepEpPeers = 8;        ///< ranks of a node, NUM_MAX_NVL_PEERS
constexpr int kDeepEpMostRanks = 160;  ///< NUM_MAX_RDMA_PEERS of 8

/// legacy.py@dd758ca, get_dispatch_config and get_combine_config.
constexpr std::array kDeepEpWidths = {2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 144, 160};

/// What writes another way of sending for the role.
std::string_view deepep_other_ways(const RuleContext& context) {
  return context.role.engine == ServingEngine::kVllm
             ? "all2all-backend allgather_reducescatter, or a flashinfer one within NVLink"
             : "moe-a2a-backend flashinfer, deepep_v2 or none";
}

/// Its own sizes of queues, which stand in for the tables.
bool has_deepep_config(const RuleContext& context) {
  return flag(context.role, "deepep-config") != nullptr;
}

bool is_deepep_width(int ranks) {
  return std::find(kDeepEpWidths.begin(), kDeepEpWidths.end(), ranks) != kDeepEpWidths.end();
}

/// Whether nodes of 8 hold the ranks, as all kernels of several nodes need.
bool fills_deepep_nodes(int ranks) {
  return ranks < kDeepEpPeers || ranks % kDeepEpPeers == 0;
}

void deepep_rank_table(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto use = deepep_use(context);
  if (!use || !use->normal || has_deepep_config(context)) return;
  if (is_deepep_width(use->ranks) || !fills_deepep_nodes(use->ranks)) return;
  if (use->ranks > kDeepEpMostRanks) return;
  const auto* const above =
      std::lower_bound(kDeepEpWidths.begin(), kDeepEpWidths.end(), use->ranks);
  const int below = above == kDeepEpWidths.begin() ? *above : *(above - 1);
  const bool sglang = context.role.engine == ServingEngine::kSglang;
  cases.push_back(
      {.message = fmt::format("DeepEP has no sizes for {} ranks in its normal kernels: "
                              "the first call asserts",
                              use->ranks),
       .at = place_of_flag(context, use->key),
       .advice = fmt::format(
           "{} or {} ranks{}", below, *above, sglang ? ", or sizes in deepep-config" : "")});
}

void deepep_nodes_of_8(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto use = deepep_use(context);
  if (!use) return;
  const Place at = place_of_flag(context, use->key);
  if (!fills_deepep_nodes(use->ranks)) {
    cases.push_back(
        {.message = fmt::format("DeepEP takes fewer than 8 ranks or a multiple of 8, and "
                                "here are {}: it asserts at start",
                                use->ranks),
         .at = at,
         .advice = fmt::format("{} or {} ranks",
                               use->ranks / kDeepEpPeers * kDeepEpPeers,
                               (use->ranks / kDeepEpPeers + 1) * kDeepEpPeers)});
    return;
  }
  if (use->normal && use->ranks > kDeepEpMostRanks) {
    cases.push_back({.message = fmt::format("DeepEP's normal kernels reach {} ranks, and here are "
                                            "{}: it asserts at start",
                                            kDeepEpMostRanks,
                                            use->ranks),
                     .at = at,
                     .advice = fmt::format("{} ranks or fewer", kDeepEpMostRanks)});
    return;
  }
  const bool trays = context.machine != nullptr && context.machine->gpus_per_node &&
                     *context.machine->gpus_per_node < kDeepEpPeers &&
                     use->ranks > *context.machine->gpus_per_node;
  if (!trays || !use->normal) return;
  cases.push_back(
      {.message = fmt::format("DeepEP's normal kernels take 8 GPUs of one host for each "
                              "other's, and {} has {} in a tray: {} ranks do not start "
                              "without a build of DeepEP for it",
                              context.machine->name,
                              *context.machine->gpus_per_node,
                              use->ranks),
       .at = at,
       .advice = context.role.engine == ServingEngine::kSglang
                     ? "deepep-mode low_latency, or another moe-a2a-backend"
                     : "all2all-backend flashinfer_nvlink_one_sided, or "
                       "deepep_low_latency",
       .grade = Grade::kWarning});
}

void deepep_hidden_size(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::array kSizes = {2048, 2560, 3072, 4096, 5120, 6144, 7168, 8192};
  const auto use = deepep_use(context);
  if (!use || !use->low_latency || context.model == nullptr || !context.model->hidden) return;
  const int hidden = *context.model->hidden;
  const auto* const size = std::lower_bound(kSizes.begin(), kSizes.end(), hidden);
  if (size != kSizes.end() && *size == hidden) return;
  const Place at = place_of_flag(context, use->key);
  if (size == kSizes.end()) {
    cases.push_back({.message = fmt::format("tokens of {} have {} elements, above the {} that "
                                            "DeepEP's low-latency kernels take: it does not start",
                                            context.model->name,
                                            hidden,
                                            kSizes.back()),
                     .at = at,
                     .advice = std::string(deepep_other_ways(context))});
  } else if (context.role.engine == ServingEngine::kVllm) {
    cases.push_back({.message = fmt::format("tokens of {} have {} elements and are sent as {}, the "
                                            "next size that DeepEP's low-latency kernels take",
                                            context.model->name,
                                            hidden,
                                            *size),
                     .at = at,
                     .advice = "nothing, where the bytes are accounted for",
                     .grade = Grade::kAdvice});
  } else {
    cases.push_back(
        {.message = fmt::format("tokens of {} have {} elements, for which DeepEP has no "
                                "low-latency kernel: the first step asserts",
                                context.model->name,
                                hidden),
         .at = at,
         .advice = std::string(deepep_other_ways(context))});
  }
}

void deepep_top_k(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr int kMost = 11;  // internode_ll.cu@dd758ca, kNumMaxTopk; 9 in builds of 2025
  const auto use = deepep_use(context);
  if (!use || !use->low_latency || context.model == nullptr) return;
  if (!context.model->top_k || *context.model->top_k <= kMost) return;
  cases.push_back(
      {.message = fmt::format("a token of {} goes to {} experts, and DeepEP's low-latency "
                              "kernels take {} at most: the first step asserts",
                              context.model->name,
                              *context.model->top_k,
                              kMost),
       .at = place_of_flag(context, use->key),
       .advice = std::string(deepep_other_ways(context))});
}

void deepep_experts_per_sm(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr int kWarps = 32;  // of a block, which all groups share
  const auto use = deepep_use(context);
  const auto slots = deepep_slots(context);
  if (!use || !use->low_latency || !slots) return;
  if (context.machine == nullptr || !context.machine->sms) return;
  const int sms = *context.machine->sms;
  const int groups = (*slots + sms - 1) / sms;
  if (groups <= kWarps) return;
  cases.push_back(
      {.message = fmt::format("{} experts with their copies are {} for each of {} SMs, "
                              "and DeepEP's low-latency kernels have {} warps for them: "
                              "the first step asserts",
                              *slots,
                              groups,
                              sms,
                              kWarps),
       .at = place_of_flag(context, use->key),
       .advice = "fewer redundant experts"});
}

void deepep_multiple_of_4(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr long long kStep = 4;
  const auto use = deepep_use(context);
  const auto tokens = deepep_capacity(context);
  const auto& precision = context.deployment.precision;
  if (!use || !use->low_latency || !tokens || !precision || precision->value != "fp8") return;
  const bool plain = flag_text(context.role, "deepep-dispatcher-output-dtype") == "bf16" ||
                     variable(context.role, "SGLANG_DEEPEP_BF16_DISPATCH") != nullptr;
  const long long all = static_cast<long long>(use->ranks) * *tokens;
  if (plain || all % kStep == 0) return;
  const long long next = (*tokens + kStep - 1) / kStep * kStep;
  cases.push_back({.message = fmt::format("{} ranks of {} tokens are {} rows, no multiple of 4 as "
                                          "FP8 scales need: DeepEP asserts in the first step",
                                          use->ranks,
                                          *tokens,
                                          all),
                   .at = deepep_capacity_place(context),
                   .changes = {deepep_capacity_change(context, next)}});
}

constexpr std::array kDeepEpShape = {
    DeploymentRule{.name = "deepep-ht-rank-table",
                   .grade = Grade::kError,
                   .what =
                       "DeepEP's normal kernels have sizes of their queues for 2, 4, 8, 16, 24, "
                       "32, 48, 64, 96, 128, 144 and 160 ranks, and assert for others unless "
                       "sizes are given.",
                   .fix = "one of those widths, or sizes in --deepep-config (SGLang)",
                   .source = kDeepEpTables,
                   .versions = kDeepEpSince,
                   .find = deepep_rank_table},
    DeploymentRule{.name = "deepep-ht-nodes-of-8",
                   .grade = Grade::kError,
                   .what = "DeepEP counts nodes of 8 GPUs: from 8 ranks on they must be a multiple "
                           "of 8, and its normal kernels reach 160. Trays of 4 need a build of "
                           "their own for these.",
                   .fix = "a multiple of 8; low latency or another all-to-all on GB200 and GB300",
                   .source = kDeepEpBuffer,
                   .versions = kDeepEpSince,
                   .find = deepep_nodes_of_8},
    DeploymentRule{.name = "deepep-ll-hidden",
                   .grade = Grade::kError,
                   .what = "DeepEP's low-latency kernels are made for tokens of 2048, 2560, 3072, "
                           "4096, 5120, 6144, 7168 and 8192 elements. vLLM rounds up, SGLang does "
                           "not.",
                   .fix = "another all-to-all",
                   .source = "deepseek-ai/DeepEP csrc/kernels/legacy/launch.cuh @dd758ca; "
                             "vllm/model_executor/layers/fused_moe/prepare_finalize/deepep_ll.py "
                             "@055e47c2",
                   .versions = kDeepEpSince,
                   .find = deepep_hidden_size},
    DeploymentRule{.name = "deepep-ll-topk",
                   .grade = Grade::kError,
                   .what = "DeepEP's low-latency kernels send a token to 11 experts at most, 9 in "
                           "builds of 2025.",
                   .fix = "DeepEP's second kernels, or another all-to-all",
                   .source = "deepseek-ai/DeepEP csrc/kernels/legacy/internode_ll.cu @dd758ca",
                   .versions = kDeepEpSince,
                   .find = deepep_top_k},
    DeploymentRule{.name = "deepep-ll-experts-per-sm",
                   .grade = Grade::kError,
                   .what = "DeepEP's low-latency kernels give each SM its share of the experts, a "
                           "warp each at least, and have 32.",
                   .fix = "fewer redundant experts",
                   .proof = Proof::kDeduced,
                   .source = "deepseek-ai/DeepEP csrc/kernels/legacy/internode_ll.cu @dd758ca",
                   .versions = kDeepEpSince,
                   .hides = {"deepep-ll-bytes"},
                   .find = deepep_experts_per_sm},
    DeploymentRule{.name = "deepep-ll-multiple-of-4",
                   .grade = Grade::kError,
                   .what = "With FP8 DeepEP's low-latency kernels need ranks times tokens per rank "
                           "to be a multiple of 4.",
                   .fix = "tokens per rank that are a multiple of 4",
                   .source = kDeepEpBuffer,
                   .versions = kDeepEpSince,
                   .find = deepep_multiple_of_4}};

}  // namespace

std::span<const DeploymentRule> deepep_shape_rules() {
  return kDeepEpShape;
}

}  // namespace wideep
