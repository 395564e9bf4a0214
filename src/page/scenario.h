#pragma once

#include <string>

#include "input/problem_trees.h"
#include "report/result_json.h"

namespace wideep {

/// A value of YAML as JSON: numbers and truths as such, quantities as texts.
Json tree_json(const Node& node);

/// What a page shows first.
struct PageStart {
  std::string command;        ///< that its answer is of: "optimize"
  Json axes = Json::array();  ///< of a sweep, `key` and `values` each
};

/// What a page starts from: the trees of a problem's files, what `--set` lays over them, the texts
/// of files that they name, and what the command line called them. docs/page.md#scenario
Json scenario_json(const ProblemFiles& files, const ProblemTrees& trees, const PageStart& start);

/// The page of a scenario, which the program must have been built with.
std::string page_of(const Json& scenario);

}  // namespace wideep
