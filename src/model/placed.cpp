#include "model/placed.h"

#include <algorithm>
#include <utility>

#include "model/figures.h"
#include "model/redundancy.h"

namespace wideep {
namespace {

bool is_of(const Figures& figures, const Fabric& fabric, const Config& config) {
  return figures.attention == config.attention && figures.one_group == config.is_one_group() &&
         figures.collectives_of == collectives_in_force(fabric, config);
}

/// Of the configuration's layout. An engine may have settled what serving costs beside the parts;
/// that is of every layout.
Figures settled_figures(const Problem& problem, const Config& config) {
  const Figures& before = problem.workload.figures;
  Figures figures = figures_of(problem.workload, problem.fabric, config);
  figures.outside.efficiency = before.outside.efficiency;
  figures.outside.group_efficiency = before.outside.group_efficiency;
  figures.outside.overhead = before.outside.overhead;
  figures.efficiency_origin = before.efficiency_origin;
  figures.overhead_origin = before.overhead_origin;
  return figures;
}

}  // namespace

bool is_placed(const Problem& problem, const Config& config) {
  return problem.workload.serving.redundant_experts ==
             redundant_experts(problem.workload, config) &&
         is_of(problem.workload.figures, problem.fabric, config);
}

Problem placed(Problem problem, const Config& config) {
  problem.workload.serving.redundant_experts = redundant_experts(problem.workload, config);
  if (!is_of(problem.workload.figures, problem.fabric, config)) {
    problem.workload.figures = settled_figures(problem, config);
  }
  return problem;
}

const Problem& Placing::at(const Config& config) {
  if (!own_ && is_placed(*given_, config)) return *given_;
  if (!own_) own_ = *given_;
  Problem& problem = *own_;
  Workload& workload = problem.workload;
  workload.serving.redundant_experts = redundant_experts(workload, config);
  if (is_of(workload.figures, problem.fabric, config)) return problem;
  const auto known = std::find_if(known_.begin(), known_.end(), [&](const Figures& figures) {
    return is_of(figures, problem.fabric, config);
  });
  if (known != known_.end()) {
    workload.figures = *known;
  } else {
    workload.figures = known_.emplace_back(settled_figures(problem, config));
  }
  return problem;
}

}  // namespace wideep
