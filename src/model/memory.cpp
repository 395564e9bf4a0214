#include "model/memory.h"

#include <algorithm>
#include <cmath>

#include "model/kernel_buffers.h"
#include "model/unevenness.h"

namespace wideep {
namespace {

/// Rows of the experts' tensors: LL keeps room for every token of every rank in each expert.
double expert_rows(const Problem& problem, const Config& config) {
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (kernel.fused) return 0.0;  // they are in its buffer
  const auto capacity = dispatch_capacity(problem, config);
  if (capacity) return 1.0 * expert_slots(workload).value_or(1) * *capacity;
  const double pieces = cuts_batch(config.overlap) ? 2.0 : 1.0;
  return straggler_factor(workload, config) * config.tokens / pieces *
         routed_per_token(workload, config);
}

}  // namespace

MemoryUse known_memory_use(const Problem& problem, const Config& config) {
  const double tokens = config.tokens;
  const Workload& workload = problem.workload;
  const Footprint& model = *workload.figures.footprint;
  const Gpu& gpu = *problem.fabric.gpu;
  const double slots = expert_slots(workload).value_or(1);
  const bool prefill = workload.traffic.phase == Phase::kPrefill;
  const double context = workload.traffic.context.value_or(1);
  const Traffic& traffic = workload.traffic;
  const double read = context - traffic.cached_tokens;
  // A prompt in chunks has a cache of its own.
  const double sequences =
      prefill ? std::max(1.0, tokens / read)
              : std::ceil(tokens * requests_per_token(traffic)) + (traffic.prompts ? 1.0 : 0.0);
  MemoryUse use;
  use.expert_weights =
      std::ceil(slots / config.ep_width) * model.slot / (1.0 * config.expert_ranks);
  use.other_weights = model.replicated + model.embeddings;
  use.cache = sequences * model.sequence.value_or(Bytes(0.0));
  use.buffers = kernel_buffers(problem, config);
  use.activations = tokens * model.per_token + expert_rows(problem, config) * model.per_routed +
                    (prefill ? sequences : tokens) * model.logits;
  use.reserved = gpu.memory_reserved;
  use.capacity = *gpu.memory;
  return use;
}

std::string memory_unknown(const Problem& problem) {
  const auto& gpu = problem.fabric.gpu;
  if (!gpu || !gpu->memory) {
    return "the fabric's gpu.memory is not known";
  }
  if (!problem.workload.figures.footprint) return "the model does not say what its weights are";
  return "";
}

std::optional<MemoryUse> memory_use(const Problem& problem, const Config& config) {
  if (!memory_unknown(problem).empty()) return std::nullopt;
  return known_memory_use(problem, config);
}

}  // namespace wideep
