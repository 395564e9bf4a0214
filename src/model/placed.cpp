#include "model/placed.h"

#include <utility>

#include "model/figures.h"
#include "model/redundancy.h"

namespace wideep {
namespace {

bool has_figures_in_force(const Problem& problem, const Config& config) {
  const Figures& figures = problem.workload.figures;
  return figures.attention == config.attention && figures.one_group == config.is_one_group() &&
         figures.collectives_of == collectives_in_force(problem.fabric, config);
}

/// An engine may have settled what serving costs beside the parts; that is of every layout.
void put_in_force(Problem& problem, const Config& config) {
  problem.workload.serving.redundant_experts = redundant_experts(problem.workload, config);
  if (has_figures_in_force(problem, config)) return;
  const Figures& before = problem.workload.figures;
  Figures figures = figures_of(problem.workload, problem.fabric, config);
  figures.outside.efficiency = before.outside.efficiency;
  figures.outside.group_efficiency = before.outside.group_efficiency;
  figures.outside.overhead = before.outside.overhead;
  figures.efficiency_origin = before.efficiency_origin;
  figures.overhead_origin = before.overhead_origin;
  problem.workload.figures = std::move(figures);
}

}  // namespace

bool is_placed(const Problem& problem, const Config& config) {
  return problem.workload.serving.redundant_experts ==
             redundant_experts(problem.workload, config) &&
         has_figures_in_force(problem, config);
}

Problem placed(Problem problem, const Config& config) {
  put_in_force(problem, config);
  return problem;
}

const Problem& Placing::at(const Config& config) {
  put_in_force(problem_, config);
  return problem_;
}

}  // namespace wideep
