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

/// A batch of one rank.
struct Batch {
  int tokens = 0;    ///< in a step: of requests their drafts too, of prompts all that are let in
  int requests = 0;  ///< at decode; 0 at prefill, where a batch is counted in tokens
};

/// The same; needs memory_unknown() to be empty.
MemoryUse known_memory_use(const Problem& problem, const Config& config);

/// Tokens of a step that a batch grows by: those of a request at decode, drafts included; 1 at
/// prefill.
int tokens_each(const Workload& workload);

/// The largest batch that runs with the configuration's width, kernel, SMs and overlap mode, in as
/// many chunks and at whatever split the search would take, whatever its own batch: its memory
/// fits, and so do its transfers and buffers. Whole requests at decode; nothing in it where none
/// runs. Needs memory_unknown() to be empty.
Batch largest_batch(const Problem& problem, Config config);

/// "61 requests per rank" at decode, "4,096 tokens per rank" at prefill.
std::string batch_text(const Workload& workload, const Batch& batch);

/// That a configuration does not fit, which parts are largest, and what would fit.
std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config);

/// The same without what would fit, which takes a search of its own; memory_use() says that the
/// configuration does not fit.
BrokenLimit memory_shortage(const Problem& problem, const Config& config);

/// What runs at the configuration's width, and the narrowest other one where the whole batch does,
/// else the one with the largest batch.
std::string what_would_fit(const Problem& problem, const Config& config);

}  // namespace wideep
