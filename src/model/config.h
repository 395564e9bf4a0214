#pragma once

#include <cmath>
#include <cstddef>

#include "model/layout.h"
#include "units/quantity.h"

namespace wideep {

/// How communication and expert compute of a layer overlap. docs/model.md#overlap
enum class Overlap {
  kNone,   ///< dispatch, experts, combine, one after the other
  kChunk,  ///< equal chunks of one batch, pipelined
  kDbo,    ///< dual-batch overlap: two micro-batches against each other
  kSbo,    ///< single-batch overlap: combine begins while the last GEMM still runs
  kFused   ///< one kernel dispatches, computes and combines
};

/// Whether the mode cuts the batch into pieces.
constexpr bool cuts_batch(Overlap overlap) {
  return overlap == Overlap::kChunk || overlap == Overlap::kDbo;
}

/// Whether nothing in the engine overlaps: one part after the other, or one kernel for all.
constexpr bool is_plain(Overlap overlap) {
  return overlap == Overlap::kNone || overlap == Overlap::kFused;
}

/// Which formula gives the layer time. docs/model.md#timing
enum class Timing {
  kSchedule,    ///< the schedule that is really run, ramps and latencies included
  kSteadyState  ///< the closed-form model's bound: the longer of communication and compute
};

/// In which order an engine runs the parts of a layer, and so what hides what. Each is an engine's
/// own; without dual-batch overlap they differ in what runs beside the shared experts.
/// docs/model.md#schedules
enum class Schedule {
  kVllmLl,        ///< vLLM, DeepEP LL: one stream; shared experts beside combine
  kVllmHt,        ///< vLLM, DeepEP HT: transfers on a stream of their own
  kSglangDecode,  ///< SGLang and DeepSeek at decode: the experts alone, shared ones beside dispatch
  kSglangPrefill,  ///< SGLang and DeepSeek at prefill
  kTrtllmDecode,  ///< TensorRT-LLM at decode: shared experts beside dispatch, no dual-batch overlap
  kInOrder,       ///< one part after the other, no dual-batch overlap
  kSglangSboSm90,  ///< SGLang's single-batch overlap on Hopper: shared experts beside dispatch
  kSglangSboSm100  ///< the same on Blackwell: shared experts beside combine
};

/// One point of the space: every choice the search makes, the batch among them.
struct Config {
  int ep_width = 1;        ///< P: ranks over which the experts are spread
  std::size_t kernel = 0;  ///< index into Fabric::kernels
  Overlap overlap = Overlap::kNone;
  int chunks = 1;             ///< m: chunks that the batch's transfer is cut into
  double first_tokens = 0.0;  ///< dbo: tokens of the first micro-batch; otherwise 0
  int sms = 0;                ///< n: SMs that the kernel holds; 0 where it has no such choice
  int tokens = 1;             ///< of a step in each attention group, t T; T where that is a rank
  Schedule schedule = Schedule::kVllmLl;
  /// What the host takes to launch a micro-batch's kernels of a layer that are in no CUDA graph.
  Seconds launch_time = {};
  int redundant_experts = 0;  ///< where the workload leaves them to the search
  Attention attention = {};
  Experts experts = Experts::kEp;
  int expert_ranks = 1;  ///< m: over which each expert is cut; 1 with kEp

  /// Of the group that serves one batch.
  [[nodiscard]] constexpr int gpus() const { return ep_width * expert_ranks; }

  /// Whether all of them share their sequences.
  [[nodiscard]] constexpr bool is_one_group() const {
    return attention.ranks > 1 && attention.ranks == gpus();
  }

  /// Whether every token goes to every rank.
  [[nodiscard]] constexpr bool copies_tokens() const { return experts != Experts::kEp; }

  /// T: tokens of a step on each GPU.
  [[nodiscard]] constexpr double tokens_per_gpu() const { return 1.0 * tokens / attention.ranks; }

  friend bool operator==(const Config&, const Config&) = default;
};

/// Tokens of the first of two equal halves; of an odd batch that a schedule runs the larger one.
inline double equal_half(int tokens, Timing timing) {
  const double half = 0.5 * tokens;
  return timing == Timing::kSteadyState ? half : std::ceil(half);
}

/// Whether dual-batch overlap cuts the batch into equal halves, to a token; true without it.
inline bool has_equal_halves(const Config& config) {
  constexpr double kToken = 0.5;
  return config.overlap != Overlap::kDbo ||
         std::abs(config.first_tokens - 0.5 * config.tokens) <= kToken;
}

}  // namespace wideep
