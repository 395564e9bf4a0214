#include "page/answers.h"

#include <utility>

#include "input/base_value.h"
#include "input/presets.h"
#include "model/placed.h"
#include "page/charts.h"
#include "plan/pareto.h"
#include "report/describe.h"
#include "report/flag_lines.h"
#include "report/optimize_report.h"
#include "report/pareto_report.h"
#include "search/answer.h"

namespace wideep {

Json answer_json(const ReadAgain& read, const Problem& problem, bool sure) {
  const SearchResult result = optimize(problem, Solver::kBounds);
  OptimizeReport report = report_on(problem, result);
  report.sensitivity.reason = "asked for apart";
  if (!report.optimum) {
    return {{"report", optimize_json(problem, report)}, {"use", nullptr}, {"charts", nullptr}};
  }
  const Prediction& used = report.answer().prediction;
  if (sure) {
    report.sensitivity = default_sensitivity(
        read,
        uncertain_inputs(read, {}),
        {.config = used.config, .base = used.config, .rival = rival_of(problem, result)},
        1);
  }
  Json found = {{"report", optimize_json(problem, report)},
                {"use", describe(placed(problem, used.config), used)},
                {"flags", flag_lines({shape_of_role(problem, used)}, problem).roles}};
  if (!sure) found["charts"] = charts_json(problem, used.config);
  return found;
}

Json map_answer_json(const Problem& problem) {
  const Answer found = answer(problem);
  if (found.used() == nullptr) return {{"infeasible", true}};
  return map_json(problem, found.used()->config);
}

Json front_json(const Problem& problem, int points) {
  if (problem.workload.traffic.phase == Phase::kPrefill) {
    return {{"infeasible", true}, {"reason", "the front is of decode"}};
  }
  const Problem free = with_free_batch(problem);
  return pareto_json(free, pareto_front(free, points));
}

Json figures_json(const ProblemTrees& trees) {
  Json found = Json::array();
  const Node fabric = flattened_fabric(trees.fabric);
  const Node* const kernels = fabric.find("kernels");
  if (kernels == nullptr) return found;
  for (const Entry& kernel : kernels->entries) {
    for (const char* const figure : {"latency", "bandwidth"}) {
      const std::string key = "kernels." + kernel.key.text + "." + figure;
      if (base_values(key, trees) == base_values(key, trees, 2.0)) continue;
      found.push_back({{"key", key}, {"kernel", kernel.key.text}, {"figure", figure}});
    }
  }
  return found;
}

Json presets_json() {
  Json found = Json::object();
  for (const Preset& preset : presets()) {
    found[std::string(name_of(preset.kind))].push_back(
        {{"name", preset.name}, {"about", about(preset)}});
  }
  return found;
}

}  // namespace wideep
