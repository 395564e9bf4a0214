#pragma once

#include <optional>

#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

/// Bytes of DeepEP's low-latency buffers made for `tokens` tokens per rank of `hidden` elements to
/// `slots` experts. They do not depend on the EP width.
/// Source: deepseek-ai/DeepEP csrc/legacy/config.hpp, LowLatencyLayout.
Bytes low_latency_buffer(int slots, int hidden, int tokens);

/// Where DeepEP's normal kernels run.
struct NormalKernel {
  int ep_width = 1;
  int domains = 1;  ///< of the group, each with a share of the ranks
  int sms = 2;      ///< even
  int hidden = 1;
};

/// What they keep on each rank.
struct NormalBuffer {
  Bytes nvlink;
  Bytes rdma;  ///< 0 where one domain holds the group

  [[nodiscard]] Bytes total() const { return nvlink + rdma; }
};

/// Bytes of their buffers with the chunk sizes of DeepEP's own tables.
/// Source: deepseek-ai/DeepEP csrc/legacy/config.hpp, deep_ep/buffers/legacy.py.
NormalBuffer normal_buffer(const NormalKernel& at);

/// Where a fused kernel runs.
struct FusedKernel {
  int ep_width = 1;
  int slots = 1;  ///< a multiple of the width
  int top_k = 1;
  int hidden = 1;
  int expert_size = 1;
  int capacity = 1;  ///< tokens per rank
};

/// Bytes of DeepGEMM's symmetric buffer on each rank, one for all layers: with T = capacity and R
/// the rows of its ring,
///
///   T (h + h/32 + 12 k) + R (h + 4 + i) + S (h/32 + i/32) + 2 T k h
///
/// Source: deepseek-ai/DeepGEMM 54e2261, csrc/apis/mega.hpp and layout/mega_moe.cuh.
Bytes fused_buffer(const FusedKernel& at);

/// Tokens per rank that the low-latency buffers of a configuration are made for:
/// `dispatch_capacity`, or the larger of 256 and the batch where that is not stated, no more than
/// one transfer of the kernel holds but 128 at least. A fused kernel's: as stated or the batch,
/// rounded up to 384. Unset: no such buffers, or nothing is sent. docs/model.md#memory
std::optional<int> dispatch_capacity(const Problem& problem, const Config& config);

/// Bytes of the kernel's buffers on each rank; 0 where they are not known or nothing is sent.
Bytes kernel_buffers(const Problem& problem, const Config& config);

/// The larger of a kernel's buffers, which DeepEP counts by itself.
struct LargestBuffer {
  Bytes size;
  Bytes most;                ///< it must be below this
  bool over_nvlink = false;  ///< of the normal kernels: that for NVLink, or else for RDMA
};

/// Unset: no buffers that are known, or nothing is sent. docs/model.md#limits
std::optional<LargestBuffer> largest_buffer(const Problem& problem, const Config& config);

/// Whether DeepEP takes buffers of that size.
bool buffers_fit(const Problem& problem, const Config& config);

/// Engines make low-latency buffers for no fewer tokens: below, the layout of the FP8 scales
/// breaks. Source: SGLang's SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK; NVIDIA AIConfigurator
/// 095f58a.
inline constexpr int kFewestCapacity = 128;

/// The largest capacity whose low-latency buffers DeepEP takes, in the steps that it counts in; 0:
/// not even one step's.
int largest_capacity(int slots, int hidden);

/// The most SMs with which DeepEP takes the normal kernels' buffers of that configuration, an even
/// number; 0: none.
int largest_sms(const Problem& problem, const Config& config);

}  // namespace wideep
