#include "page/ask.h"

#include <memory>
#include <utility>

#include "engines/runs.h"
#include "input/presets.h"
#include "input/problem_trees.h"
#include "input/read_again.h"
#include "input/read_plan.h"
#include "model/placed.h"
#include "page/charts.h"
#include "plan/pareto.h"
#include "report/describe.h"
#include "report/optimize_report.h"
#include "report/pareto_report.h"
#include "report/plan_report.h"
#include "search/answer.h"

namespace wideep {
namespace {

constexpr int kFrontPoints = 32;  // as the command has them

Json faults_json(const Findings& findings) {
  const InputError error = findings.error();
  Json faults = Json::array();
  for (const InputFault& fault : error.faults()) {
    faults.push_back({{"message", fault.message}, {"fix", fault.fix}});
  }
  if (faults.empty()) faults.push_back({{"message", error.what()}, {"fix", ""}});
  return {{"faults", std::move(faults)}};
}

Node tree_of(const Json& asked, const char* name, Texts& texts) {
  return texts.parse({.name = name, .text = asked.at(name).dump()});
}

/// A preset by its name, keys, or the workload's.
Node fabric_of(const Json& asked, const Node& workload, Texts& texts) {
  if (!asked.contains("fabric")) return fabric_of_workload(workload, texts);
  const Json& fabric = asked.at("fabric");
  return fabric.is_string() ? load_fabric(fabric.get<std::string>(), texts)
                            : tree_of(asked, "fabric", texts);
}

/// The trees of a request, what is set laid over them.
ProblemTrees trees_of(const Json& asked, Texts& texts) {
  ProblemTrees trees{.workload = tree_of(asked, "workload", texts), .fabric = {}};
  trees.fabric = fabric_of(asked, trees.workload, texts);
  if (asked.contains("search")) trees.search = tree_of(asked, "search", texts);
  std::vector<std::string> set;
  if (asked.contains("set")) {
    for (const Json& each : asked.at("set")) set.push_back(each.get<std::string>());
  }
  lay_over(set, trees, texts);
  return trees;
}

/// What `optimize --solver bounds --json` says, and the choice in its words. How sure it is takes
/// longer than the answer, so that a page asks for it apart.
Json answer_json(const ReadAgain& read, const Problem& problem, bool sure) {
  const SearchResult result = optimize(problem, Solver::kBounds);
  OptimizeReport report = report_on(problem, result);
  report.sensitivity.reason = "asked for apart";
  if (sure && report.optimum) {
    const Config& answered = report.answer().prediction.config;
    report.sensitivity = default_sensitivity(
        read,
        uncertain_inputs(read, {}),
        {.config = answered, .base = answered, .rival = rival_of(problem, result)},
        1);
  }
  Json use = nullptr;
  if (report.optimum) {
    const Prediction& answered = report.answer().prediction;
    use = describe(placed(problem, answered.config), answered);
  }
  return {{"report", optimize_json(problem, report)}, {"use", std::move(use)}};
}

Json charts_json(const std::string& kind, const Problem& problem) {
  const Answer found = answer(problem);
  const Prediction* const used = found.used();
  if (used == nullptr) return {{"infeasible", true}};
  const Config& config = used->config;
  if (kind == "map") return map_json(problem, config);
  if (kind == "schedule") return schedule_json(problem, config);
  return {{"curves", curves_json(problem, config)}, {"widths", widths_json(problem, config)}};
}

Json presets_json() {
  Json found = Json::object();
  for (const Preset& preset : presets()) {
    found[std::string(name_of(preset.kind))].push_back(
        {{"name", preset.name}, {"about", about(preset)}});
  }
  return found;
}

Json front_json(const Problem& problem) {
  if (problem.workload.traffic.phase == Phase::kPrefill) {
    return {{"infeasible", true}, {"reason", "the front is of decode"}};
  }
  const Problem free = with_free_batch(problem);
  return pareto_json(free, pareto_front(free, kFrontPoints));
}

Json answered(const Json& asked) {
  const std::string kind = asked.at("ask").get<std::string>();
  if (kind == "presets") return presets_json();
  auto texts = std::make_shared<Texts>();
  ProblemTrees trees = trees_of(asked, *texts);
  if (kind == "plan") {
    const PlanQuestion question = assemble_plan(std::move(trees), *texts);
    if (texts->findings.any()) return faults_json(texts->findings);
    return plan_json(question, report_plan(question));
  }
  const Problem read = assemble(trees, *texts);
  if (texts->findings.any()) return faults_json(texts->findings);
  const Problem problem = with_engines(read);
  if (kind == "front") return front_json(problem);
  const bool sure = kind == "sure";
  if (!sure && kind != "answer") return charts_json(kind, problem);
  return answer_json(read_again_of(std::move(trees), read, texts), problem, sure);
}

}  // namespace

std::string ask(std::string_view request) {
  return answered(Json::parse(request)).dump();
}

}  // namespace wideep
