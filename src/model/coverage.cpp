#include "model/coverage.h"

#include "model/layout_limits.h"
#include "units/format_quantity.h"

namespace wideep {

std::string text_of(const Coverage& coverage) {
  if (coverage.low > coverage.high) return "none in common";
  return format_range(coverage.low, coverage.high);
}

Coverage bandwidth_coverage(const Kernel& kernel) {
  Coverage coverage;
  for (const LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
    coverage.narrow(phase->bandwidth);
    if (phase->scale_out) coverage.narrow(*phase->scale_out);
  }
  return coverage;
}

Coverage latency_coverage(const Kernel& kernel) {
  Coverage coverage;
  for (const LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
    coverage.narrow(phase->latency);
    coverage.narrow(phase->floor);
    coverage.narrow(phase->law_time);
  }
  return coverage;
}

bool states_experts(const Model& model) {
  return model.shape.expert_size && model.shape.weights && model.experts;
}

bool can_price(const Problem& problem, const Config& config) {
  const Kernel& chosen = problem.fabric.kernels[config.kernel];
  if (!knows_layout(problem, config)) return false;
  if (chosen.fused) return states_experts(problem.workload.model);
  return chosen.collectives || has_figures(chosen, config.ep_width);
}

bool has_figures(const Kernel& kernel, int ep_width) {
  if (ep_width == 1) return true;  // nothing is sent
  return bandwidth_coverage(kernel).covers(ep_width);
}

}  // namespace wideep
