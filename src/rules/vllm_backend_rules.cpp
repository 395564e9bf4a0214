// Which all-to-all vLLM runs, and where it does not run as it is meant to.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// vllm #33535 and #33724 of February 2026.
constexpr EngineVersion kRemoval{0, 16, 0};

bool was_removed(std::string_view backend) {
  return backend == "naive" || backend == "pplx";
}

void a2a_removed(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<std::string> backend = flag_text(context.role, kAll2allFlag);
  if (!backend || !was_removed(*backend)) return;
  cases.push_back(
      {.message = *backend + " was removed: vLLM warns and runs allgather_reducescatter",
       .at = place_of_flag(context, kAll2allFlag),
       .changes = {set_flag(kAll2allFlag, "allgather_reducescatter")}});
}

/// From this width on a back end of its own is what makes wide expert parallelism worth while.
constexpr int kWideEp = 8;

void a2a_env_gone(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const old = variable(context.role, kAll2allVariable);
  if (old == nullptr || !lacks(context.role, kAll2allFlag)) return;
  RuleCase found{.message = "VLLM_ALL2ALL_BACKEND is no longer read: allgather_reducescatter runs",
                 .at = old->at,
                 .changes = {remove_variable(kAll2allVariable)}};
  if (old->value && !was_removed(*old->value)) {
    found.message = fmt::format(
        "VLLM_ALL2ALL_BACKEND is no longer read: allgather_reducescatter "
        "runs, not {}",
        *old->value);
    found.changes.push_back(set_flag(kAll2allFlag, *old->value));
  }
  const bool wide = context.ep_width.value_or(1) > kWideEp;
  if (!wide || vllm_dp(context.role).value_or(1) == 1) found.grade = Grade::kWarning;
  cases.push_back(std::move(found));
}

/// A back end to choose, without those whose kernels the model does not fit.
std::string choice_for(const RuleContext& context) {
  // deepseek-ai/DeepEP@dd758ca, csrc/kernels/legacy/internode_ll.cu.
  constexpr int kMostTopK = 11;
  const bool prefill = context.role.kind == RoleKind::kPrefill;
  const int top_k = context.model == nullptr ? 1 : context.model->top_k.value_or(1);
  if (!prefill && top_k > kMostTopK) {
    return fmt::format(
        "an --all2all-backend that takes a top-k of {}, which deepep_low_latency "
        "does not",
        top_k);
  }
  return fmt::format(
      "--all2all-backend {}, or flashinfer_nvlink_one_sided where all ranks share "
      "NVLink",
      prefill ? "deepep_high_throughput" : "deepep_low_latency or nixl_ep");
}

void a2a_default(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<int> gpus = node_gpus(context);
  if (!gpus || *gpus < 1 || context.ep_width.value_or(1) <= *gpus) return;
  if (!lacks(context.role, kAll2allFlag) || experts_fused(context.role)) return;
  if (vllm_dp(context.role).value_or(1) == 1 ||
      variable(context.role, kAll2allVariable) != nullptr) {
    return;
  }
  cases.push_back(
      {.message = fmt::format("no all-to-all is chosen for {} ranks on {} nodes: each gathers the "
                              "tokens of all of them, so that traffic grows with the width",
                              *context.ep_width,
                              (*context.ep_width - 1) / *gpus + 1),
       .at = place_of_flag(context, "enable-expert-parallel"),
       .advice = choice_for(context)});
}

/// Models that vLLM captures in parts unless told otherwise; the switch to no graphs is not reached
/// for them. config/vllm.py@000fc94b, DEFAULT_BREAKABLE_CUDAGRAPH_ARCHITECTURES.
constexpr std::array<std::string_view, 6> kCapturedInParts = {
    "deepseek-v3.2", "deepseek-v4-flash", "deepseek-v4-pro", "glm-5", "kimi-k3", "minimax-m3"};

bool captured_otherwise(const RuleContext& context) {
  const DeployedRole& role = context.role;
  constexpr long long kCompiled = 3;  // CompilationMode.VLLM_COMPILE
  const Setting* const mode = flag(role, "compilation-config.mode");
  if (mode != nullptr && number_in(*mode) != kCompiled) return true;
  return context.model != nullptr &&
         std::find(kCapturedInParts.begin(), kCapturedInParts.end(), context.model->name) !=
             kCapturedInParts.end();
}

void ht_no_graphs(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (role.kind == RoleKind::kPrefill) return;
  if (!exchanges_by(context, "deepep_high_throughput") || captured_otherwise(context)) return;
  if (!switched_off(role, "enforce-eager")) return;
  if (flag_text(role, "compilation-config.cudagraph_mode") == "NONE") return;
  RuleCase found{.message =
                     "decode steps run without CUDA graphs: vLLM turns them off for "
                     "deepep_high_throughput and says so in one line of its log",
                 .at = place_of_flag(context, kAll2allFlag)};
  const std::optional<FullBatch> batch = vllm_full_batch(role);
  const bool bounded = flag(role, kTokensFlag) != nullptr || batch.has_value();
  if (role.kind == RoleKind::kDecode && bounded) {
    found.changes.push_back(set_flag(kAll2allFlag, "deepep_low_latency"));
    if (flag(role, kTokensFlag) == nullptr) {
      found.changes.push_back(set_flag(kTokensFlag, batch->tokens()));
    }
  } else {
    found.advice =
        "--all2all-backend deepep_low_latency, with as small a --max-num-batched-tokens as decode "
        "allows; or prefill and decode apart";
  }
  cases.push_back(std::move(found));
}

void mnnvl_not_allowed(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "VLLM_DEEPEP_LOW_LATENCY_USE_MNNVL";
  if (context.machine == nullptr || !exchanges_by(context, "deepep_low_latency")) return;
  const std::optional<int> host = node_gpus(context);
  const std::optional<int> domain = context.machine->gpus_per_domain;
  if (!host || !domain || *domain <= *host || *context.ep_width <= *host) return;
  const Setting* const allowed = variable(context.role, kVariable);
  if (allowed != nullptr && truth_in(*allowed) != false) return;
  RuleCase found{
      .message = fmt::format("{} ranks lie on trays of {}, and low-latency kernels leave NVLink "
                             "between trays alone unless {} is 1",
                             *context.ep_width,
                             *host,
                             kVariable),
      .at = place_of_flag(context, kAll2allFlag),
      .changes = {set_variable(kVariable, "1")}};
  for (const std::string_view also : {"NCCL_MNNVL_ENABLE", "NCCL_CUMEM_ENABLE"}) {
    if (variable(context.role, also) == nullptr) found.changes.push_back(set_variable(also, "1"));
  }
  cases.push_back(std::move(found));
}

void nixl_ep_max_ranks(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "VLLM_NIXL_EP_MAX_NUM_RANKS";
  constexpr long long kDefault = 32;
  if (!exchanges_by(context, "nixl_ep")) return;
  const Setting* const stated = variable(context.role, kVariable);
  const std::optional<long long> most = stated == nullptr ? kDefault : number_in(*stated);
  const int ranks = *context.ep_width;
  if (!most || *most == ranks) return;
  // Elastic expert parallelism keeps room for ranks to come.
  if (*most > ranks && !switched_off(context.role, "enable-elastic-ep")) return;
  RuleCase found{.message = {},
                 .at = stated == nullptr ? place_of_flag(context, kAll2allFlag) : stated->at,
                 .changes = {set_variable(kVariable, std::to_string(ranks))}};
  if (*most < ranks) {
    found.message = fmt::format(
        "{} ranks are more than the {} that nixl_ep makes room for: it does "
        "not start",
        ranks,
        *most);
  } else {
    found.message = fmt::format(
        "nixl_ep makes its buffers for {} ranks, and {} run: {:.3g} times "
        "the memory that they need",
        *most,
        ranks,
        static_cast<double>(*most) / ranks);
    found.grade = Grade::kAdvice;
  }
  cases.push_back(std::move(found));
}

constexpr std::array kVllmBackendRules = {
    DeploymentRule{.name = "vllm-a2a-removed",
                   .grade = Grade::kWarning,
                   .what = "The back ends naive and pplx were removed. vLLM takes their names with "
                           "a warning and runs all-gather and reduce-scatter.",
                   .fix = "--all2all-backend deepep_low_latency, deepep_high_throughput, nixl_ep, "
                          "or allgather_reducescatter in so many words",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82; vllm #33724",
                   .since = kRemoval,
                   .find = a2a_removed},
    DeploymentRule{.name = "vllm-a2a-env-gone",
                   .grade = Grade::kError,
                   .what = "VLLM_ALL2ALL_BACKEND gave way to --all2all-backend. vLLM does not read "
                           "it and says nothing: all-gather and reduce-scatter run instead.",
                   .fix = "--all2all-backend",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82; vllm #26732, #33535",
                   .since = kRemoval,
                   .find = a2a_env_gone},
    DeploymentRule{.name = "vllm-a2a-default",
                   .grade = Grade::kAdvice,
                   .what = "Without --all2all-backend vLLM gathers every token on every rank, "
                           "whether one of its experts wants it or not. What crosses between nodes "
                           "then grows with the width of expert parallelism.",
                   .fix = "--all2all-backend for each role",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .find = a2a_default},
    DeploymentRule{.name = "vllm-ht-no-graphs",
                   .grade = Grade::kWarning,
                   .what =
                       "DeepEP's high-throughput kernels cannot be captured. With more than one "
                       "data-parallel rank vLLM turns CUDA graphs off for them, which decode "
                       "feels most.",
                   .fix = "--all2all-backend deepep_low_latency for decode",
                   .proof = Proof::kRead,
                   .source = "vllm/config/compilation.py @002284db",
                   .versions = "not where vLLM captures the model in parts",
                   .find = ht_no_graphs},
    DeploymentRule{.name = "mnnvl-not-allowed",
                   .grade = Grade::kWarning,
                   .what = "On machines whose NVLink joins several hosts, DeepEP's low-latency "
                           "kernels use it between hosts only where vLLM is told to allow it. "
                           "Otherwise NVSHMEM is started without it.",
                   .fix = "VLLM_DEEPEP_LOW_LATENCY_USE_MNNVL=1, NCCL_MNNVL_ENABLE=1, "
                          "NCCL_CUMEM_ENABLE=1",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/device_communicators/all2all.py @00143004",
                   .versions = "those with VLLM_DEEPEP_LOW_LATENCY_USE_MNNVL",
                   .find = mnnvl_not_allowed},
    DeploymentRule{.name = "nixl-ep-max-ranks",
                   .grade = Grade::kError,
                   .what = "nixl_ep makes its buffers for VLLM_NIXL_EP_MAX_NUM_RANKS ranks, 32 "
                           "where nothing is said, however many run. It does not start with more, "
                           "and with fewer it holds memory for ranks that are not there.",
                   .fix = "VLLM_NIXL_EP_MAX_NUM_RANKS as large as the width",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/device_communicators/all2all.py @00143004",
                   .versions = "those with nixl_ep",
                   .find = nixl_ep_max_ranks}};

}  // namespace

std::span<const DeploymentRule> vllm_backend_rules() {
  return kVllmBackendRules;
}

}  // namespace wideep
