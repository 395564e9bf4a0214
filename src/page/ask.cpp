#include "page/ask.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engines/runs.h"
#include "input/presets.h"
#include "input/problem_trees.h"
#include "input/read_again.h"
#include "input/read_plan.h"
#include "page/answers.h"
#include "page/plan_answer.h"
#include "page/swept.h"

namespace wideep {
namespace {

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

/// The trees of a request, what is set laid over them, `more` last.
ProblemTrees trees_of(const Json& asked, const std::vector<std::string>& more, Texts& texts) {
  ProblemTrees trees{.workload = tree_of(asked, "workload", texts), .fabric = {}};
  trees.fabric = fabric_of(asked, trees.workload, texts);
  if (asked.contains("search")) trees.search = tree_of(asked, "search", texts);
  std::vector<std::string> set;
  if (asked.contains("set")) set = asked.at("set").get<std::vector<std::string>>();
  set.insert(set.end(), more.begin(), more.end());
  lay_over(set, trees, texts);
  return trees;
}

Json swept(const Json& asked) {
  Json faults;  // written while the texts that they are of are there
  const auto with = [&](const std::vector<std::string>& set) -> std::optional<Problem> {
    Texts texts;
    ProblemTrees trees = trees_of(asked, set, texts);
    const Problem read = assemble(trees, texts);
    if (!texts.findings.any()) return with_engines(read);
    faults = faults_json(texts.findings);
    return std::nullopt;
  };
  Json rows = swept_json(asked.at("axes"), with);
  return rows.is_null() ? faults : Json{{"rows", std::move(rows)}};
}

Json of_plan(const Json& asked, ProblemTrees trees, Texts& texts) {
  const std::string kind = asked.at("ask").get<std::string>();
  const PlanQuestion question = assemble_plan(std::move(trees), texts);
  if (texts.findings.any()) return faults_json(texts.findings);
  if (kind == "loads") return {{"loads", loads_json(question)}};
  if (kind == "sure") return {{"report", sure_plan_json(question)}};
  return plan_answer_json(question, asked.value("role", "") == "prefill");
}

Json answered(const Json& asked) {
  const std::string kind = asked.at("ask").get<std::string>();
  if (kind == "presets") return presets_json();
  if (kind == "sweep") return swept(asked);
  auto texts = std::make_shared<Texts>();
  ProblemTrees trees = trees_of(asked, {}, *texts);
  if (kind == "figures") return {{"figures", figures_json(trees)}};
  if (trees.workload.find("traffic") != nullptr) return of_plan(asked, std::move(trees), *texts);
  const Problem read = assemble(trees, *texts);
  if (texts->findings.any()) return faults_json(texts->findings);
  const Problem problem = with_engines(read);
  if (kind == "front") return front_json(problem);
  if (kind == "map") return map_answer_json(problem);
  return answer_json(read_again_of(std::move(trees), read, texts), problem, kind == "sure");
}

}  // namespace

std::string ask(std::string_view request) {
  return answered(Json::parse(request)).dump();
}

}  // namespace wideep
