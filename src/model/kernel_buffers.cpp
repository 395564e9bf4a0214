#include "model/kernel_buffers.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wideep {
namespace {

/// Tokens per rank that DeepEP LL's buffers are commonly made for: the most that its authors
/// recommend. Source: DeepEP docs/legacy.md; vLLM's chunks of 256 tokens.
constexpr int kUsualCapacity = 256;

/// DeepEP's FP8 layout takes capacities that are multiples of 4 whatever the EP width.
/// Source: csrc/legacy/buffer.hpp, (ranks * tokens) % 4 == 0.
constexpr int kCapacityStep = 4;

/// DeepGEMM rounds the capacity of its fused kernel up to whole blocks of every size.
/// Source: deepseek-ai/DeepGEMM 54e2261, layout/mega_moe.cuh; measured buffers on B200.
constexpr int kFusedCapacityStep = 384;

/// Largest buffers: LL counts its own in 16 B, the normal kernels in bytes, both in an int.
/// Source: csrc/legacy/buffer.hpp and csrc/kernels/legacy/internode.cu, assertions.
constexpr Bytes kMostLowLatency{16.0 * 2'147'483'647.0};
constexpr Bytes kMostNormal{2'147'483'647.0};

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

NormalKernel normal_kernel(const Problem& problem, const Config& config) {
  const int domain = problem.fabric.gpus_per_domain;
  return {.ep_width = config.ep_width,
          .domains = std::max(1, (config.ep_width + domain - 1) / domain),
          .sms = config.sms,
          .hidden = problem.workload.model.hidden_size};
}

}  // namespace

Bytes fused_buffer(const FusedKernel& at) {
  // From that many tokens on, prompts are meant, whose ring has fewer rows.
  constexpr int kPrompts = 6'144;
  constexpr double kRingOfPrompts = 768.0 * 1'024.0;
  constexpr double kRing = 1.83e6;
  constexpr double kBlock = 384.0;        // rows by which an expert's are padded at most
  constexpr double kPadded = 16.0;        // scales of a row in blocks of 8, padded to 128
  constexpr double kScale = 1.0 / 32.0;   // a byte for 32 elements
  constexpr double kRowWeight = 4.0;      // its weight in the sum
  constexpr double kRoutingBytes = 12.0;  // an index and a weight for each choice
  const double tokens = at.capacity;
  const double experts = 1.0 * at.slots / at.ep_width;
  const double all = tokens * at.ep_width;
  const double most = std::min(all * experts, all * at.top_k + experts * (kBlock - 1.0));
  const double rows =
      std::clamp(at.capacity >= kPrompts ? kRingOfPrompts : kRing, std::min(all, most), most);
  const double hidden = at.hidden;
  const double inner = at.expert_size;
  return Bytes(tokens * (hidden * (1.0 + kScale) + kRoutingBytes * at.top_k) +
               rows * (hidden + kRowWeight + inner) + kPadded * rows * kScale * (hidden + inner) +
               2.0 * tokens * at.top_k * hidden);
}

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

NormalBuffer normal_buffer(const NormalKernel& at) {
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
  if (at.domains == 1) return {Bytes(nvlink), Bytes(0.0)};
  const double rdma =
      channels * at.domains * (18.0 * 2.0 * 4.0 + 2.0 * queues->rdma * (row + 16.0));
  return {Bytes(nvlink), Bytes(rdma)};
}

std::optional<int> dispatch_capacity(const Problem& problem, const Config& config) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const int sent = static_cast<int>(std::ceil(config.tokens_per_gpu()));
  if (kernel.buffer == BufferRule::kMegaMoe) {
    const int tokens = problem.workload.serving.dispatch_capacity.value_or(sent);
    return (tokens + kFusedCapacityStep - 1) / kFusedCapacityStep * kFusedCapacityStep;
  }
  if (kernel.buffer != BufferRule::kDeepEpLl || config.ep_width == 1) return std::nullopt;
  if (problem.workload.serving.dispatch_capacity) return problem.workload.serving.dispatch_capacity;
  const int usual = std::max(kUsualCapacity, sent);
  const int most = kernel.limits.max_tokens_per_rank.value_or(usual);
  return std::max(kFewestCapacity, std::min(usual, most));
}

Bytes kernel_buffers(const Problem& problem, const Config& config) {
  const BufferRule rule = problem.fabric.kernels[config.kernel].buffer;
  if (config.ep_width == 1 && rule != BufferRule::kMegaMoe) return {};
  switch (rule) {
    case BufferRule::kMegaMoe:
      return fused_buffer({.ep_width = config.ep_width,
                           .slots = expert_slots(problem.workload).value_or(config.ep_width),
                           .top_k = problem.workload.model.top_k,
                           .hidden = problem.workload.model.hidden_size,
                           .expert_size = problem.workload.model.shape.expert_size.value_or(1),
                           .capacity = *dispatch_capacity(problem, config)});
    case BufferRule::kDeepEpLl:
      return low_latency_buffer(expert_slots(problem.workload).value_or(1),
                                problem.workload.model.hidden_size,
                                *dispatch_capacity(problem, config));
    case BufferRule::kDeepEpHt:
      return normal_buffer(normal_kernel(problem, config)).total();
    case BufferRule::kNone:
      break;
  }
  return {};
}

std::optional<LargestBuffer> largest_buffer(const Problem& problem, const Config& config) {
  if (config.ep_width == 1) return std::nullopt;
  switch (problem.fabric.kernels[config.kernel].buffer) {
    case BufferRule::kDeepEpLl: {
      const auto slots = expert_slots(problem.workload);
      const auto capacity = dispatch_capacity(problem, config);
      const int hidden = problem.workload.model.hidden_size;
      if (!slots || !capacity) return std::nullopt;
      return LargestBuffer{.size = low_latency_buffer(*slots, hidden, *capacity),
                           .most = kMostLowLatency};
    }
    case BufferRule::kDeepEpHt: {
      const NormalBuffer needed = normal_buffer(normal_kernel(problem, config));
      const bool over_nvlink = needed.nvlink > needed.rdma;
      return LargestBuffer{.size = over_nvlink ? needed.nvlink : needed.rdma,
                           .most = kMostNormal,
                           .over_nvlink = over_nvlink};
    }
    case BufferRule::kMegaMoe:
    case BufferRule::kNone:
      break;
  }
  return std::nullopt;
}

bool buffers_fit(const Problem& problem, const Config& config) {
  const auto buffer = largest_buffer(problem, config);
  return !buffer || buffer->size < buffer->most;
}

int largest_capacity(int slots, int hidden) {
  constexpr int kMostCapacity = 16'777'216;  // as the largest batch
  int fits = 0;
  int too_many = kMostCapacity / kCapacityStep + 1;
  while (too_many - fits > 1) {
    const int middle = fits + (too_many - fits) / 2;
    const bool taken = low_latency_buffer(slots, hidden, kCapacityStep * middle) < kMostLowLatency;
    (taken ? fits : too_many) = middle;
  }
  return kCapacityStep * fits;
}

int largest_sms(const Problem& problem, const Config& config) {
  const auto buffer = largest_buffer(problem, config);
  // Both buffers grow in proportion to the SMs, of which there is an even number.
  return buffer ? 2 * static_cast<int>(config.sms * (buffer->most / buffer->size) / 2.0) : 0;
}

}  // namespace wideep
