#include "model/memory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Engines size DeepEP LL's buffers for no fewer tokens: below, the layout of its FP8 scales
/// breaks. Source: SGLang's SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK; NVIDIA AIConfigurator
/// 095f58a.
constexpr int kFewestDispatchTokens = 128;

/// As the search's largest batch; no memory holds more.
constexpr int kMostTokens = 16'777'216;

/// Rows that DeepEP's normal kernels queue, by EP width: of RDMA as many as are configured, rounded
/// up to whole sends. Source: deep_ep/buffers/legacy.py, get_dispatch_config;
/// csrc/legacy/config.hpp. Those of combine are no longer.
struct Queues {
  int up_to_width;
  double nvlink;
  double rdma;
};
constexpr std::array<Queues, 6> kQueues = {{{8, 256, 0},
                                            {16, 288, 140},
                                            {64, 288, 128},
                                            {96, 480, 132},
                                            {128, 560, 132},
                                            {1'024, 720, 132}}};

/// DeepEP's normal kernels queue for so many ranks over NVLink, in larger domains too.
/// Source: csrc/legacy/config.hpp, NUM_MAX_NVL_PEERS.
constexpr double kNvlinkPeers = 8.0;

int transfer_tokens(const Kernel& kernel, double tokens) {
  const int whole = static_cast<int>(std::ceil(tokens));
  const int most = kernel.limits.max_tokens_per_rank.value_or(whole);
  return std::max(kFewestDispatchTokens, std::min(whole, most));
}

int domains_of(const Problem& problem, int ep_width) {
  const int domain = problem.fabric.gpus_per_domain;
  return std::max(1, (ep_width + domain - 1) / domain);
}

Bytes buffers_of(const Problem& problem, const Config& config, double tokens) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (config.ep_width == 1) return {};
  switch (kernel.buffer) {
    case BufferRule::kDeepEpLl:
      return low_latency_buffer(expert_slots(problem.workload).value_or(1),
                                problem.workload.hidden_size,
                                transfer_tokens(kernel, tokens));
    case BufferRule::kDeepEpHt:
      return normal_buffer({.ep_width = config.ep_width,
                            .domains = domains_of(problem, config.ep_width),
                            .sms = config.sms,
                            .hidden = problem.workload.hidden_size});
    case BufferRule::kNone:
      break;
  }
  return {};
}

/// Rows of the experts' tensors: LL keeps room for every token of every rank in each expert.
double expert_rows(const Problem& problem, const Config& config, double tokens) {
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (kernel.buffer == BufferRule::kDeepEpLl && config.ep_width > 1) {
    return 1.0 * expert_slots(workload).value_or(1) * transfer_tokens(kernel, tokens);
  }
  const double pieces = config.overlap == Overlap::kNone ? 1.0 : 2.0;
  return workload.straggler.factor.at(config.ep_width) * tokens / pieces *
         routed_per_token(workload, config.ep_width);
}

MemoryUse use_of(const Problem& problem, const Config& config, double tokens) {
  const Workload& workload = problem.workload;
  const Footprint& model = *workload.footprint;
  const Gpu& gpu = *problem.fabric.gpu;
  const double slots = expert_slots(workload).value_or(1);
  const bool prefill = workload.phase == Phase::kPrefill;
  const double context = workload.context.value_or(1);
  const double sequences = prefill ? std::max(1.0, tokens / context)
                                   : std::ceil(tokens / (1.0 + workload.drafting.tokens));
  MemoryUse use;
  use.expert_weights = std::ceil(slots / config.ep_width) * model.slot;
  use.other_weights = model.replicated + model.embeddings;
  use.cache = sequences * model.sequence.value_or(Bytes(0.0));
  use.buffers = buffers_of(problem, config, tokens);
  use.activations = tokens * model.per_token +
                    expert_rows(problem, config, tokens) * model.per_routed +
                    (prefill ? sequences : tokens) * model.logits;
  use.reserved = gpu.memory_reserved;
  use.capacity = gpu.memory;
  return use;
}

/// "expert weights 46.1 GB, KV cache 30 GB", the largest first, those above a tenth of the whole.
std::string parts_of(const MemoryUse& use) {
  constexpr double kNotable = 0.1;
  std::array parts = {std::pair("expert weights", use.expert_weights),
                      std::pair("other weights", use.other_weights),
                      std::pair("KV cache", use.cache),
                      std::pair("kernel buffers", use.buffers),
                      std::pair("activations", use.activations),
                      std::pair("reserved", use.reserved)};
  std::stable_sort(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, bytes] : parts) {
    if (bytes < kNotable * use.total()) break;
    text += (text.empty() ? "" : ", ") + std::string(name) + " " + format(bytes);
  }
  return text;
}

/// What fits at a width at most.
struct Fitting {
  int tokens = 0;
  Config config;
};

/// The most tokens that the kernel takes in the transfers of a batch.
int most_in_transfers(const Kernel& kernel, const Config& config) {
  const auto limit = kernel.limits.max_tokens_per_rank;
  if (!limit || config.ep_width == 1) return kMostTokens;
  return config.overlap == Overlap::kNone ? *limit : 2 * *limit;
}

/// The kernel of the search space with which most fits at that width; 0 tokens where none runs.
Fitting most_at(const Problem& problem, Config config, int ep_width) {
  Fitting most{.tokens = 0, .config = config};
  config.ep_width = ep_width;
  for (const std::size_t kernel : problem.space.kernels) {
    if (search_limit(problem, kernel, ep_width)) continue;
    const std::vector<int>& sms = problem.fabric.kernels[kernel].sms;
    config.kernel = kernel;
    config.sms = sms.empty() ? 0 : *std::min_element(sms.begin(), sms.end());
    const int tokens = std::min(largest_fitting_tokens(problem, config),
                                most_in_transfers(problem.fabric.kernels[kernel], config));
    if (tokens > problem.workload.drafting.tokens && tokens > most.tokens) {
      most = {.tokens = tokens, .config = config};
    }
  }
  return most;
}

std::string name_of_width(const Problem& problem, const Config& config) {
  return "EP " + std::to_string(config.ep_width) + " with " +
         problem.fabric.kernels[config.kernel].name;
}

/// What fits at this width, and the narrowest other one where the whole batch does, else the one
/// with the largest batch.
std::string what_would_fit(const Problem& problem, const Config& config) {
  Problem any = problem;
  any.space.ep_widths.clear();
  const Fitting here = most_at(problem, config, config.ep_width);
  std::string text = here.tokens > 0 ? name_of_width(problem, here.config) + " fits with " +
                                           batch_text(problem.workload, here.tokens)
                                     : "EP " + std::to_string(config.ep_width) + " fits no batch";
  Fitting best = here;
  for (const int other : candidate_widths(any)) {
    if (other == config.ep_width) continue;
    const Fitting there = most_at(any, config, other);
    if (there.tokens >= tokens_per_rank(problem.workload, other)) {
      return text + "; " + name_of_width(problem, there.config) + " fits the whole batch";
    }
    if (there.tokens > best.tokens) best = there;
  }
  if (best.tokens == here.tokens) return text;
  return text + "; " + name_of_width(problem, best.config) + " fits with " +
         batch_text(problem.workload, best.tokens);
}

}  // namespace

Bytes low_latency_buffer(int slots, int hidden, int tokens) {
  constexpr double kHeader = 16.0;
  constexpr double kAlignment = 128.0;
  const double scales = 4.0 * hidden / 128.0;
  const double dispatch = kHeader + std::max(2.0 * hidden, hidden + scales);
  const double combine = scales + 2.0 * hidden;
  const double rows = 1.0 * slots * tokens;
  const double send = std::max(tokens * dispatch, rows * combine);
  const double receive = rows * std::max(dispatch, combine);
  const double signals = std::ceil(4.0 * slots / kAlignment) * kAlignment;
  const double total = 2.0 * (send + receive + signals);
  return Bytes((std::floor(total / kAlignment) + 1.0) * kAlignment);
}

Bytes normal_buffer(const NormalBuffer& at) {
  const Queues* queues = &kQueues.back();
  for (const Queues& row : kQueues) {
    if (at.ep_width > row.up_to_width) continue;
    queues = &row;
    break;
  }
  constexpr double kTopK = 128.0;  // room for so many choices of a token, and for 128 scales
  const double channels = at.sms / 2.0;
  const double ranks = std::min(kNvlinkPeers, std::ceil(1.0 * at.ep_width / at.domains));
  const double row = 2.0 * at.hidden + 8.0 + kTopK * 8.0 + kTopK * 4.0 + 128.0 * 4.0;
  const double nvlink = channels * ranks * ((2.0 * at.domains + 3.0) * 4.0 + queues->nvlink * row);
  if (at.domains == 1) return Bytes(nvlink);
  const double rdma =
      channels * at.domains * (18.0 * 2.0 * 4.0 + 2.0 * queues->rdma * (row + 16.0));
  return Bytes(nvlink + rdma);
}

std::string batch_text(const Workload& workload, int tokens) {
  const int each = 1 + workload.drafting.tokens;
  const bool decodes = workload.phase == Phase::kDecode;
  const int count = decodes ? tokens / each : tokens;
  const char* const what = decodes ? "request" : "token";
  return format_count(count) + " " + what + (count == 1 ? "" : "s") + " per rank";
}

std::string memory_unknown(const Problem& problem) {
  const auto& gpu = problem.fabric.gpu;
  if (!gpu || gpu->memory == Bytes(0.0)) {
    return "the fabric has no GPU whose memory is known (gpu.memory)";
  }
  if (!problem.workload.footprint) return "the model does not say what its weights are";
  return "";
}

std::optional<MemoryUse> memory_use(const Problem& problem, const Config& config) {
  if (!memory_unknown(problem).empty()) return std::nullopt;
  return use_of(problem, config, tokens_per_rank(problem.workload, config.ep_width));
}

int largest_fitting_tokens(const Problem& problem, const Config& config) {
  if (!use_of(problem, config, 1.0).fits()) return 0;
  int fits = 1;
  int too_many = kMostTokens + 1;
  while (too_many - fits > 1) {
    const int middle = fits + (too_many - fits) / 2;
    (use_of(problem, config, middle).fits() ? fits : too_many) = middle;
  }
  return fits;
}

std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config) {
  const auto use = memory_use(problem, config);
  if (!use || use->fits()) return std::nullopt;
  return BrokenLimit{kMemoryRule,
                     "EP " + std::to_string(config.ep_width) + " with " +
                         problem.fabric.kernels[config.kernel].name + " needs " +
                         format(use->total()) + " of " + format(use->capacity) + ": " +
                         parts_of(*use),
                     what_would_fit(problem, config)};
}

}  // namespace wideep
