#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/assemble.h"
#include "input/node.h"
#include "input/read_problem.h"

namespace wideep {

/// The files of a problem, before anything is read of them.
struct ProblemTrees {
  Node workload;
  Node fabric;
  std::optional<Node> search = {};  ///< a search file's; unset: the workload's block

  [[nodiscard]] Node* search_root() { return search ? &*search : nullptr; }
};

/// Loads them. What cannot be used is reported and null. Throws InputError where more than one is
/// to come from standard input.
ProblemTrees load_trees(const ProblemFiles& files, Texts& texts);

/// Lays `--set key.path=value` over them; see Overrides. `key.path=0.5x` multiplies the numbers
/// that stand there once what is set before it is laid, presets under it; what has none is
/// reported.
void lay_over(const std::vector<std::string>& set, ProblemTrees& trees, Texts& texts);

/// The problem that they are; faults are reported. `known`: see read_workload().
Problem assemble(ProblemTrees& trees, Texts& texts, KnownFiles* known = nullptr);

}  // namespace wideep
