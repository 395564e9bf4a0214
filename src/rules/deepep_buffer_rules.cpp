// Memory and transports of DeepEP's kernels.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "model/kernel_buffers.h"
#include "rules/deepep_use.h"
#include "rules/expert_weights.h"
#include "rules/vllm_role.h"

namespace wideep {
namespace {

constexpr double kDeepEpGiB = 1024.0 * kMiB;
constexpr std::string_view kDeepEpDepth = "NVSHMEM_QP_DEPTH";
constexpr std::string_view kDeepEpLegacy = "deepseek-ai/DeepEP deep_ep/buffers/legacy.py @dd758ca";

/// GPUs that reach each other without NVSHMEM's network; nothing where that is not known: trays of
/// 4 share NVLink with others.
std::optional<int> deepep_reach(const RuleContext& context) {
  constexpr int kBoard = 8;
  if (context.machine != nullptr && context.machine->gpus_per_domain) {
    return context.machine->gpus_per_domain;
  }
  if (context.machine != nullptr || !context.role.gpus_per_node) return std::nullopt;
  return context.role.gpus_per_node->value == kBoard ? std::optional(kBoard) : std::nullopt;
}

void deepep_transport(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kTransport = "NVSHMEM_REMOTE_TRANSPORT";
  const auto use = deepep_use(context);
  const auto reach = deepep_reach(context);
  if (!use || !reach || use->ranks <= *reach || unresolved(context.role, kTransport)) return;
  const auto transport = variable_text(context.role, kTransport);
  const bool efa = variable_text(context.role, "FI_PROVIDER") == "efa";
  const bool vllm = context.role.engine == ServingEngine::kVllm;
  const std::string advice = vllm ? "all2all-backend allgather_reducescatter or nixl_ep"
                                  : "moe-a2a-backend nixl, mori or none";
  if (transport == "none") {
    cases.push_back({.message = fmt::format("NVSHMEM_REMOTE_TRANSPORT=none leaves DeepEP no way "
                                            "between {} ranks, of which {} share NVLink",
                                            use->ranks,
                                            *reach),
                     .at = place_of_variable(context, kTransport),
                     .changes = {set_variable(kTransport, "ibgda")}});
  } else if (transport == "libfabric" || transport == "ibrc" || transport == "ucx") {
    cases.push_back({.message = fmt::format("DeepEP sends from the GPU by InfiniBand's own queues "
                                            "(IBGDA), and NVSHMEM_REMOTE_TRANSPORT is {}: start "
                                            "fails unless this build of DeepEP was changed for it",
                                            *transport),
                     .at = place_of_variable(context, kTransport),
                     .advice = advice,
                     .grade = Grade::kWarning});
  } else if (efa) {
    cases.push_back({.message = fmt::format("FI_PROVIDER=efa: EFA has no IBGDA, by which DeepEP "
                                            "sends between {} ranks, of which {} share NVLink",
                                            use->ranks,
                                            *reach),
                     .at = place_of_variable(context, "FI_PROVIDER"),
                     .advice = advice});
  }
}

/// What makes low-latency buffers smaller: as many tokens as a full decoding step has.
void lift_deepep_bytes(const RuleContext& context, const DeepEpUse& use, RuleCase& found) {
  constexpr long long kStep = 4;  // rows in which FP8 scales lie
  const auto step = deepep_step_tokens(context);
  const bool vllm = context.role.engine == ServingEngine::kVllm;
  if (vllm && context.role.kind == RoleKind::kPrefill) {
    found.changes = {set_flag(use.key, "deepep_high_throughput")};
  } else if (step && *step * 2 <= *deepep_capacity(context) &&
             context.role.kind == RoleKind::kDecode) {
    const long long tokens = (*step + kStep - 1) / kStep * kStep;
    found.changes = {deepep_capacity_change(context, tokens)};
  } else {
    found.advice = vllm && !dispatches_chunks(context)
                       ? "a smaller max-num-batched-tokens, the requests of a decoding step times "
                         "1 + drafts"
                       : "fewer tokens, the requests of a decoding step times 1 + drafts";
  }
}

void deepep_low_latency_bytes(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr double kMost = 32.0 * kDeepEpGiB;  // buffer.hpp@dd758ca: INT_MAX pieces of 16 bytes
  const auto use = deepep_use(context);
  const auto tokens = deepep_capacity(context);
  const auto slots = deepep_slots(context);
  const auto hidden = deepep_hidden(context);
  if (!use || !use->low_latency || !tokens || !slots || !hidden) return;
  const double bytes = low_latency_buffer(*slots, *hidden, *tokens).base();
  const auto free = memory_beside_experts(context, *slots, use->ranks);
  const bool beyond = bytes >= kMost;
  if (!beyond && (!free || bytes < *free)) return;
  const std::string limit = beyond ? std::string("DeepEP asserts from 32 GiB on")
                                   : fmt::format("the experts' weights leave {:.0f} GiB",
                                                 std::max(0.0, *free) / kDeepEpGiB);
  RuleCase found{
      .message = fmt::format("DeepEP's low-latency buffers for {} tokens of a rank and {} "
                             "experts are {:.1f} GiB on each GPU, and {}",
                             *tokens,
                             *slots,
                             bytes / kDeepEpGiB,
                             limit),
      .at = deepep_capacity_place(context)};
  lift_deepep_bytes(context, *use, found);
  cases.push_back(std::move(found));
}

void deepep_queue_depth(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr long long kDefault = 1024;  // legacy.py@dd758ca
  // From which SGLang makes the queues deep enough, whatever is stated: #34923 of August 2026.
  constexpr EngineVersion kOwnDepth{0, 5, 17};
  if (context.role.engine == ServingEngine::kSglang && !is_before(context, kOwnDepth)) return;
  const auto use = deepep_use(context);
  const auto tokens = deepep_capacity(context);
  if (!use || !use->low_latency || !tokens || unresolved(context.role, kDeepEpDepth)) return;
  const auto stated = variable_number(context.role, kDeepEpDepth);
  if (variable(context.role, kDeepEpDepth) != nullptr && !stated) return;
  const long long needed = 2 * (static_cast<long long>(*tokens) + 1);
  const long long depth = stated.value_or(kDefault);
  if (depth >= needed) return;
  const Machine* const machine = context.machine;
  const bool within_rack = machine != nullptr && machine->gpus_per_domain &&
                           machine->gpus_per_node &&
                           *machine->gpus_per_domain > *machine->gpus_per_node &&
                           use->ranks <= *machine->gpus_per_domain;
  RuleCase found{
      .message = fmt::format("{} tokens of a rank need queues of {}, and {} is {}{}: DeepEP "
                             "of September 2025 and later asserts in the first step",
                             *tokens,
                             needed,
                             kDeepEpDepth,
                             depth,
                             stated ? "" : ", the default"),
      .at = stated ? place_of_variable(context, kDeepEpDepth) : deepep_capacity_place(context),
      .changes = {set_variable(kDeepEpDepth, needed)}};
  // Which DeepEP runs is not known. Earlier ones do not read the variable, so that who states it
  // has one that does; published settings for racks leave it out and run, with builds of their own.
  if (!stated) found.grade = within_rack ? Grade::kAdvice : Grade::kWarning;
  cases.push_back(std::move(found));
}

void deepep_normal_bytes(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kSize = "VLLM_DEEPEP_BUFFER_SIZE_MB";
  constexpr double kDefault = 1024.0;  // MiB, vllm/envs.py
  constexpr double kStep = 64.0;       // MiB, to which the size wanted is rounded up
  constexpr int kSms = 20;             // legacy.py@dd758ca, Buffer.num_sms
  constexpr int kPeers = 8;
  constexpr int kMostRanks = 160;
  const auto use = deepep_use(context);
  if (!use || !use->normal || context.role.engine != ServingEngine::kVllm) return;
  if (context.model == nullptr || !context.model->hidden || use->ranks > kMostRanks) return;
  if (unresolved(context.role, kSize)) return;
  const auto stated = variable_number(context.role, kSize);
  const double room = stated ? static_cast<double>(*stated) : kDefault;
  const NormalBuffer buffer = normal_buffer({.ep_width = use->ranks,
                                             .domains = (use->ranks + kPeers - 1) / kPeers,
                                             .sms = kSms,
                                             .hidden = *context.model->hidden});
  const double needed = std::max(buffer.nvlink.base(), buffer.rdma.base()) / kMiB;
  if (needed <= room) return;
  const double wanted = std::ceil(needed / kStep) * kStep;
  cases.push_back(
      {.message = fmt::format("DeepEP's normal kernels need {:.0f} MiB for {} ranks, and "
                              "{} gives {:.0f}{}: the first step asserts",
                              std::ceil(needed),
                              use->ranks,
                              kSize,
                              room,
                              stated ? "" : ", the default"),
       .at = stated ? place_of_variable(context, kSize) : place_of_flag(context, use->key),
       .changes = {set_variable(kSize, fmt::format("{:.0f}", wanted))}});
}

constexpr std::array kDeepEpBuffers = {
    DeploymentRule{.name = "ibgda-missing",
                   .grade = Grade::kError,
                   .what = "DeepEP's first kernels send between NVLink domains by IBGDA, which EFA "
                           "and some Ethernet do not have: start fails or hangs. Some builds are "
                           "changed for other transports.",
                   .fix = "all-gather and reduce-scatter, NIXL, MoRI or UCCL in place of DeepEP",
                   .source = kDeepEpLegacy,
                   .versions = "DeepEP's first kernels, all builds",
                   .find = deepep_transport},
    DeploymentRule{.name = "deepep-ll-bytes",
                   .grade = Grade::kError,
                   .what =
                       "DeepEP's low-latency buffers grow with experts, hidden size and tokens of "
                       "a rank, whatever the number of ranks. They must be below 32 GiB and fit "
                       "beside the weights.",
                   .fix = "buffers for no more tokens than a decoding step has; for prompts the "
                          "normal kernels",
                   .source = "deepseek-ai/DeepEP csrc/legacy/config.hpp and buffer.hpp @dd758ca",
                   .versions = "DeepEP's first kernels, all builds",
                   .hides = {"nvshmem-qp-depth", "sgl-ll-capacity-1024"},
                   .find = deepep_low_latency_bytes},
    DeploymentRule{.name = "nvshmem-qp-depth",
                   .grade = Grade::kError,
                   .what =
                       "DeepEP's low-latency kernels put two entries for each token into a queue, "
                       "and assert that NVSHMEM_QP_DEPTH, 1024 by default, holds them. Before they "
                       "did, tokens were lost where many nodes sent to few experts. SGLang sets it "
                       "by itself since 0.5.17.",
                   .fix = "NVSHMEM_QP_DEPTH of at least twice the tokens of a rank and one more",
                   .source = "deepseek-ai/DeepEP deep_ep/buffers/legacy.py @dd758ca, #427; "
                             "sgl-project/sglang #34923",
                   .versions = "DeepEP of September 2025 (#430) and later; SGLang before 0.5.17",
                   .find = deepep_queue_depth},
    DeploymentRule{.name = "deepep-ht-bytes",
                   .grade = Grade::kError,
                   .what = "vLLM gives DeepEP's normal kernels VLLM_DEEPEP_BUFFER_SIZE_MB each for "
                           "NVLink and RDMA, which must hold the queues of all ranks.",
                   .fix = "a larger VLLM_DEEPEP_BUFFER_SIZE_MB",
                   .source = "vllm/distributed/device_communicators/all2all.py @00143004; "
                             "deepseek-ai/DeepEP csrc/legacy/config.hpp @dd758ca",
                   .versions = "DeepEP's first kernels, all builds",
                   .find = deepep_normal_bytes}};

}  // namespace

std::span<const DeploymentRule> deepep_buffer_rules() {
  return kDeepEpBuffers;
}

}  // namespace wideep
