#pragma once

#include <optional>
#include <string>

#include "model/config.h"
#include "model/limits.h"
#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

/// The rule of limits that memory_limit gives.
inline constexpr const char* kMemoryRule = "memory";

/// What fills the memory of one GPU. docs/model.md#memory
struct MemoryUse {
  Bytes expert_weights;
  Bytes other_weights;  ///< attention, shared experts, dense layers, embeddings and head
  Bytes cache;          ///< of every sequence of the rank
  Bytes buffers;        ///< of the kernel
  Bytes activations;
  Bytes reserved;
  Bytes capacity;

  [[nodiscard]] Bytes total() const {
    return expert_weights + other_weights + cache + buffers + activations + reserved;
  }
  [[nodiscard]] bool fits() const { return total() <= capacity; }
};

/// The memory that a configuration takes on each rank; nothing where memory_unknown says why.
std::optional<MemoryUse> memory_use(const Problem& problem, const Config& config);

/// Why memory is not checked, in words; empty where it is.
std::string memory_unknown(const Problem& problem);

/// Bytes of DeepEP's low-latency buffers for transfers of `tokens` tokens of `hidden` elements to
/// `slots` experts. They do not depend on the EP width.
/// Source: deepseek-ai/DeepEP csrc/legacy/config.hpp, LowLatencyLayout.
Bytes low_latency_buffer(int slots, int hidden, int tokens);

/// Where DeepEP's normal kernels run.
struct NormalBuffer {
  int ep_width = 1;
  int domains = 1;  ///< of the group, each with a share of the ranks
  int sms = 2;      ///< even
  int hidden = 1;
};

/// Bytes of their NVLink and RDMA buffers with the chunk sizes of DeepEP's own tables.
/// Source: deepseek-ai/DeepEP csrc/legacy/config.hpp, deep_ep/buffers/legacy.py.
Bytes normal_buffer(const NormalBuffer& at);

/// The most tokens per rank with which the configuration's width, kernel, SMs and overlap mode fit;
/// 0: none do. Needs memory_unknown() to be empty.
int largest_fitting_tokens(const Problem& problem, const Config& config);

/// "61 requests per rank" at decode, "4,096 tokens per rank" at prefill.
std::string batch_text(const Workload& workload, int tokens);

/// That a configuration does not fit, which parts are largest, and what would fit.
std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config);

}  // namespace wideep
