#pragma once

#include <optional>
#include <string>

#include "model/config.h"
#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

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

/// The same as memory_use; needs memory_unknown() to be empty.
MemoryUse known_memory_use(const Problem& problem, const Config& config);

}  // namespace wideep
