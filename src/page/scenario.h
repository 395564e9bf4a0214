#pragma once

#include <optional>
#include <string>

#include "input/problem_trees.h"
#include "report/result_json.h"

namespace wideep {

/// A value of YAML as JSON: numbers and truths as such, quantities as texts.
Json tree_json(const Node& node);

/// What a page starts from: the trees of a problem's files with what `--set` laid over them, the
/// texts of files that they name, and what the command line called them. docs/page.md#scenario
Json scenario_json(const ProblemFiles& files, const ProblemTrees& trees);

/// The page of a scenario; nothing where the program was built without it.
std::optional<std::string> page_of(const Json& scenario);

}  // namespace wideep
