#include "model/layout_limits.h"

#include "model/exchanges.h"
#include "model/figures.h"
#include "model/layout_shape.h"

namespace wideep {
namespace {

/// Whether the model and the GPU say what attention costs, and no figure does that is of a whole.
bool knows_attention(const Problem& problem) {
  const Workload& workload = problem.workload;
  return !workload.stated.dense && attends(workload.model.shape) && attending_of(workload) &&
         gpu_of(problem.fabric);
}

/// The most ranks up to `ranks` that cut an expert evenly.
int even_cut(int size, int ranks) {
  while (size % ranks != 0) --ranks;
  return ranks;
}

bool goes_with(const Kernel& kernel, const Config& config) {
  const bool collectives = kernel.collectives != nullptr;
  if (kernel.fused && config.attention.ranks > 1) return false;
  return collectives == config.copies_tokens();
}

}  // namespace

Config layout_of(const Config& config) {
  return {.ep_width = config.ep_width,
          .kernel = config.kernel,
          .attention = config.attention,
          .experts = config.experts,
          .expert_ranks = config.expert_ranks};
}

bool knows_layout(const Problem& problem, const Config& config) {
  return goes_with(problem.fabric.kernels[config.kernel], config) &&
         (config.attention.ranks == 1 || knows_attention(problem)) &&
         !missing_collective(problem.fabric, config);
}

std::optional<BrokenLimit> layout_limit(const Problem& problem, const Config& config) {
  const ModelShape& shape = problem.workload.model.shape;
  const Attention& attention = config.attention;
  const auto broken = [&](LimitKind kind, int asked, int allowed) {
    return BrokenLimit{
        .kind = kind, .config = config, .asked = 1.0 * asked, .allowed = 1.0 * allowed};
  };
  if (!goes_with(problem.fabric.kernels[config.kernel], config)) {
    return broken(LimitKind::kLayoutKernel, 0, 0);
  }
  if (attention.ranks > 1) {
    const int domain = problem.fabric.gpus_per_domain;
    if (!knows_attention(problem)) return broken(LimitKind::kLayoutUnknown, attention.ranks, 1);
    if (!can_lay(shape, attention)) return broken(LimitKind::kAttentionHeads, attention.ranks, 1);
    if (attention.ranks > domain) {
      return broken(LimitKind::kAttentionDomain, attention.ranks, domain);
    }
  }
  const int cut = config.expert_ranks;
  if (shape.expert_size && *shape.expert_size % cut != 0) {
    return broken(LimitKind::kExpertSize, cut, even_cut(*shape.expert_size, cut));
  }
  if (const auto ranks = missing_collective(problem.fabric, config)) {
    return broken(LimitKind::kCollectives, *ranks, 0);
  }
  return std::nullopt;
}

}  // namespace wideep
