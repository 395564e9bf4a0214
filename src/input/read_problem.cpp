#include "input/read_problem.h"

#include <utility>

#include "input/assemble.h"
#include "input/presets.h"
#include "input/problem_trees.h"

namespace wideep {
namespace {

/// `fabric`: becomes that of the files, overrides laid over it.
Problem read_into(const ProblemFiles& files, Texts& texts, Node& fabric) {
  ProblemTrees trees = load_trees(files, texts);
  lay_over(files.set, trees, texts);
  Problem problem = assemble(trees, texts);
  texts.findings.throw_if_any();
  fabric = std::move(trees.fabric);
  return problem;
}

}  // namespace

Problem read_problem(const ProblemFiles& files) {
  Texts texts;
  Node fabric;
  return read_into(files, texts, fabric);
}

ProblemAndFabric read_problem_and_fabric(const ProblemFiles& files) {
  Texts texts;
  Node fabric;
  ProblemAndFabric read;
  read.problem = read_into(files, texts, fabric);
  read.fabric.node = with_preset(PresetKind::kFabric, fabric, texts.findings);
  read.fabric.fabric = read.problem.fabric;
  read.fabric.sources = std::move(texts.sources);
  return read;
}

}  // namespace wideep
