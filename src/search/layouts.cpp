#include "search/layouts.h"

#include "model/redundancy.h"

namespace wideep {
namespace {

/// Those that send tokens to their experts, or those that copy them to all ranks.
std::vector<std::size_t> kernels_of(const Problem& problem, bool copy) {
  if (!copy) return problem.space.kernels;
  std::vector<std::size_t> kernels;
  for (std::size_t at = 0; at < problem.fabric.kernels.size(); ++at) {
    if (problem.fabric.kernels[at].collectives) kernels.push_back(at);
  }
  return kernels;
}

}  // namespace

std::vector<Config> layouts_on(const Problem& problem, int gpus) {
  std::vector<Config> layouts;
  for (const ExpertLayout& layout : problem.space.experts) {
    const auto cut = ranks_of_cut(layout, gpus);
    if (!cut) continue;
    Config config{.ep_width = gpus / *cut, .experts = layout.experts, .expert_ranks = *cut};
    for (const Attention& attention : problem.space.attentions) {
      if (gpus % attention.ranks != 0) continue;
      config.attention = attention;
      for (const std::size_t kernel : kernels_of(problem, config.copies_tokens())) {
        config.kernel = kernel;
        if (problem.fabric.kernels[kernel].fused && attention.ranks > 1) continue;
        for (const int redundant : redundancies(problem.workload, config.ep_width)) {
          config.redundant_experts = redundant;
          layouts.push_back(config);
        }
      }
    }
  }
  return layouts;
}

}  // namespace wideep
