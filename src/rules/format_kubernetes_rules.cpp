// GPUs, ranks and memory of pods that start engines.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "deploy/text_place.h"
#include "rules/format_parts.h"

namespace wideep {
namespace {

bool in_pods(const RuleContext& context) {
  return context.deployment.format == DeploymentFormat::kKubernetes ||
         context.deployment.format == DeploymentFormat::kDynamo;
}

std::string_view data_parallel_key(const DeployedRole& role) {
  return role.engine == ServingEngine::kVllm     ? "data-parallel-size"
         : role.engine == ServingEngine::kSglang ? "tp-size"
                                                 : "tensor_parallel_size";
}

/// Whether a pod that is not said to be of a group is one of several all the same.
bool shares_pods(const DeployedRole& role) {
  if (role.nodes) return false;
  constexpr std::array<std::string_view, 10> kOfSeveral = {"data-parallel-size-local",
                                                           "data-parallel-start-rank",
                                                           "data-parallel-rank",
                                                           "data-parallel-address",
                                                           "data-parallel-backend",
                                                           "nnodes",
                                                           "node-rank",
                                                           "dist-init-addr",
                                                           "headless",
                                                           "distributed-executor-backend"};
  return std::any_of(kOfSeveral.begin(), kOfSeveral.end(), [&role](std::string_view key) {
    return flag(role, key) != nullptr;
  });
}

void k8s_group_gpus(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto world = world_of(context.role);
  if (!in_pods(context) || !world || !context.role.gpus || context.role.flags.all.empty()) return;
  if (shares_pods(context.role)) return;
  const int gpus = context.role.gpus->value;
  if (gpus < 1 || *world == gpus) return;
  const bool vllm = context.role.engine == ServingEngine::kVllm;
  const int replica = *world / context.sizes.dp_or_default();
  RuleCase found{
      .message = fmt::format(
          "the engine's sizes make {} ranks, and the pods of an instance have {} "
          "GPUs: {}",
          *world,
          gpus,
          *world > gpus ? "ranks wait for others until they time out" : "the others stay idle"),
      .at = place_of_flag(context, data_parallel_key(context.role))};
  if (vllm && context.sizes.dp && gpus % replica == 0) {
    found.changes = {set_flag("data-parallel-size", gpus / replica)};
  } else {
    found.advice = fmt::format("sizes whose product is {}, or pods with {} GPUs", gpus, *world);
  }
  if (*world < gpus) found.grade = Grade::kWarning;
  cases.push_back(std::move(found));
}

/// GPUs of one rank of data parallelism in vLLM, whose number need not be known; nothing where a
/// size is not, or is beyond any.
std::optional<long long> gpus_of_replica(const DeployedRole& role) {
  constexpr long long kMost = 20'000;
  long long gpus = 1;
  for (const std::string_view key :
       {"tensor-parallel-size", "pipeline-parallel-size", "prefill-context-parallel-size"}) {
    const Setting* const stated = flag(role, key);
    if (stated == nullptr) continue;
    const auto size = number_in(*stated);
    if (!size || *size < 1 || *size > kMost) return std::nullopt;
    gpus *= *size;
    if (gpus > kMost) return std::nullopt;
  }
  return gpus;
}

void k8s_local_ranks(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kLocal = "data-parallel-size-local";
  constexpr long long kMost = 1'000'000;  // ranks, beyond any pod
  if (!in_pods(context) || context.role.engine != ServingEngine::kVllm) return;
  const auto local = flag_number(context.role, kLocal);
  const auto replica = gpus_of_replica(context.role);
  if (!local || *local < 1 || *local > kMost || !replica || !context.role.gpus_per_node) return;
  const int gpus = context.role.gpus_per_node->value;
  if (gpus < 1 || *local * *replica == gpus) return;
  RuleCase found{
      .message = fmt::format("{} local ranks of {} GPU{} are {}, and a pod has {}: ranks "
                             "are missing or started twice",
                             *local,
                             *replica,
                             *replica == 1 ? "" : "s",
                             *local * *replica,
                             gpus),
      .at = place_of_flag(context, kLocal)};
  if (gpus % *replica == 0) {
    found.changes = {set_flag(kLocal, gpus / *replica)};
  } else {
    found.advice = fmt::format("sizes whose product is the {} GPUs of a pod", gpus);
  }
  cases.push_back(std::move(found));
}

void k8s_shared_memory(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  // Dynamo's operator mounts some by itself.
  if (context.deployment.format != DeploymentFormat::kKubernetes) return;
  if (role.engine != ServingEngine::kVllm || role.at.source == nullptr) return;
  if (!role.gpus_per_node || role.gpus_per_node->value < 2) return;
  const int gpus = role.gpus_per_node->value;
  if (role.at.source->text.find("/dev/shm") != std::string::npos) return;
  if (role.at.source->text.find("hostIPC") != std::string::npos) return;
  RuleCase found{
      .message =
          fmt::format("nothing here mounts /dev/shm, of which a pod has 64 MB otherwise, and "
                      "{} GPUs' processes talk through it: under load it may be full",
                      gpus),
      .at = role.gpus_per_node->at,
      .advice = "a volume emptyDir: {medium: Memory, sizeLimit: 2Gi} mounted at /dev/shm",
      .grade = Grade::kWarning};
  // Ranks of one GPU have no workers to pass steps to.
  const long long workers = std::min<long long>(gpus_of_replica(role).value_or(1), gpus);
  if (workers > 1 && variable(role, "VLLM_MQ_MAX_CHUNK_BYTES_MB") == nullptr) {
    // #48879 of July 2026 is in this release at the latest.
    constexpr EngineVersion kLooks{0, 28, 0};
    const bool looks = !is_before(context, kLooks);
    found.message = fmt::format(
        "nothing here mounts /dev/shm, of which a pod has 64 MB otherwise, and the queues of an "
        "engine's {} workers take 240 MiB each: vLLM {}",
        workers,
        looks ? "refuses to start" : "is killed once they fill");
    if (looks) found.grade = Grade::kError;
  }
  cases.push_back(std::move(found));
}

void old_disaggregated_set(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "disaggregatedset.x-k8s.io/v1alpha1";
  const Source* const source = context.role.at.source;
  if (context.deployment.format != DeploymentFormat::kKubernetes || source == nullptr) return;
  const std::size_t at = source->text.find(kOld);
  if (at == std::string::npos) return;
  const std::size_t line = source->text.rfind('\n', at);
  const std::size_t begin = line == std::string::npos ? 0 : line + 1;
  if (!std::string_view(source->text).substr(begin, at - begin).starts_with("apiVersion:")) return;
  cases.push_back({.message =
                       "DisaggregatedSet left v1alpha1, which clusters with LWS 0.9 and later "
                       "refuse",
                   .at = place_of(*source, at),
                   .advice = "apiVersion: disaggregatedset.x-k8s.io/v1, with replicas and "
                             "leaderWorkerTemplate under roles[].spec"});
}

/// Bytes as NVSHMEM reads them, "16G", "16g", "512M", a plain number; nothing where it is none.
std::optional<double> nvshmem_bytes(const std::string& text) {
  constexpr double kKibi = 1024.0;
  double bytes = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bytes);
  if (error != std::errc{}) return std::nullopt;
  if (stop == end) return bytes;
  if (end - stop != 1) return std::nullopt;
  switch (std::toupper(static_cast<unsigned char>(*stop))) {
    case 'K':
      return bytes * kKibi;
    case 'M':
      return bytes * kKibi * kKibi;
    case 'G':
      return bytes * kKibi * kKibi * kKibi;
    default:
      return std::nullopt;
  }
}

void symmetric_heap(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kHeap = "NVSHMEM_SYMMETRIC_SIZE";
  constexpr std::string_view kShare = "gpu-memory-utilization";
  constexpr double kStep = 0.01;  // in which shares are written
  if (context.role.engine != ServingEngine::kVllm) return;
  if (context.sizes.all2all != "deepep_low_latency" || context.machine == nullptr) return;
  if (!context.machine->memory || !context.machine->gpus_per_node) return;
  if (!context.ep_width || *context.ep_width <= *context.machine->gpus_per_node) return;
  const Setting* const share_stated = flag(context.role, kShare);
  const auto heap_stated = variable_text(context.role, kHeap);
  if (share_stated == nullptr || !heap_stated) return;
  const auto share = fraction_in(*share_stated);
  const auto heap = nvshmem_bytes(*heap_stated);
  if (!share || !heap || *heap <= 0.0) return;
  const double memory = *context.machine->memory;
  if (*share * memory + *heap <= memory) return;
  const double most = (memory - *heap) / memory;
  const int steps = static_cast<int>(most / kStep);
  RuleCase found{.message = fmt::format("gpu-memory-utilization {} takes {:.0f} of {:.0f} GiB, and "
                                        "NVSHMEM's symmetric heap up to {:.0f} beside it: there "
                                        "may be none left for it",
                                        *share_stated->value,
                                        *share * memory / kGiB,
                                        memory / kGiB,
                                        *heap / kGiB),
                 .at = share_stated->at};
  if (steps > 0) {
    found.changes = {set_flag(kShare, fmt::format("{:.2f}", steps * kStep))};
  } else {
    found.advice = "a smaller heap";
  }
  cases.push_back(std::move(found));
}

constexpr std::array kFormatKubernetes = {
    DeploymentRule{.name = "k8s-group-gpus",
                   .grade = Grade::kError,
                   .what =
                       "Ranks of an instance, as the engine's sizes make them, must be the GPUs "
                       "of its pods; otherwise ranks wait for others that never come.",
                   .fix = "pods times their GPUs equal to the product of the engine's sizes",
                   .proof = Proof::kDeduced,
                   .source = "llm-d/llm-d guides/wide-ep-lws; ai-dynamo/dynamo recipes",
                   .versions = "LeaderWorkerSet, DisaggregatedSet, DynamoGraphDeployment",
                   .find = k8s_group_gpus},
    DeploymentRule{.name = "k8s-dp-local",
                   .grade = Grade::kError,
                   .what = "A pod starts --data-parallel-size-local ranks of vLLM, which together "
                           "must take its GPUs.",
                   .fix = "local ranks times their GPUs equal to the GPUs of a pod",
                   .proof = Proof::kDeduced,
                   .source = "llm-d/llm-d guides/wide-ep-lws decode.yaml @02ea8cc",
                   .versions = "LeaderWorkerSet, DisaggregatedSet",
                   .find = k8s_local_ranks},
    DeploymentRule{.name = "k8s-shm",
                   .grade = Grade::kError,
                   .what =
                       "vLLM's processes of a pod pass messages through /dev/shm, of which a pod "
                       "has 64 MB unless a volume is mounted there. An engine of several workers "
                       "keeps queues of 240 MiB for each, and refuses to start where they do not "
                       "fit; before it looked, it was killed once they filled. Ranks of one GPU "
                       "need some 32 MB.",
                   .fix = "an emptyDir in memory of 2Gi mounted at /dev/shm",
                   .proof = Proof::kExcerpt,
                   .source = "vllm/distributed/device_communicators/shm_broadcast.py, "
                             "check_shm_free_space (excerpt); vllm #48879, #50606; llm-d/llm-d "
                             "#1737",
                   .versions = "Kubernetes, LeaderWorkerSet, DisaggregatedSet",
                   .find = k8s_shared_memory},
    DeploymentRule{.name = "disaggset-v1alpha1",
                   .grade = Grade::kWarning,
                   .what = "DisaggregatedSet is of v1, with what a role's pods are under its spec; "
                           "v1alpha1 is refused.",
                   .fix = "apiVersion: disaggregatedset.x-k8s.io/v1",
                   .proof = Proof::kThread,
                   .source = "llm-d/llm-d #1633 and #2379; kubernetes-sigs/lws #989",
                   .versions = "LWS 0.9 and later",
                   .find = old_disaggregated_set},
    DeploymentRule{.name = "k8s-symmetric-heap",
                   .grade = Grade::kWarning,
                   .what = "Low-latency sends between nodes keep a symmetric heap beside what "
                           "--gpu-memory-utilization takes. Together they must fit in the GPU, "
                           "unless NVSHMEM makes the heap of CUDA's virtual memory: it then grows "
                           "with the buffers, whatever NVSHMEM_SYMMETRIC_SIZE says.",
                   .fix = "a smaller --gpu-memory-utilization; llm-d takes 0.80 with a heap of 16G",
                   .proof = Proof::kDeduced,
                   .source = "llm-d/llm-d guides/wide-ep-lws decode.yaml @02ea8cc; "
                             "sgl-project/sglang #29942",
                   .versions = "vLLM with DeepEP low latency",
                   .find = symmetric_heap}};

}  // namespace

std::span<const DeploymentRule> format_kubernetes_rules() {
  return kFormatKubernetes;
}

}  // namespace wideep
