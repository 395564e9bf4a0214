#include "input/problem_trees.h"

#include "input/overrides.h"

namespace wideep {
namespace {

Node choose_fabric(const ProblemFiles& files, const Node& workload, Texts& texts) {
  if (files.fabric) return load_fabric(*files.fabric, texts);
  if (workload.is_map() && workload.find("fabric") == nullptr) {
    texts.findings.report(InputError(
        "wideep-opt: no fabric: give --fabric FILE or --fabric NAME of a preset, or the key "
        "'fabric' in the workload; see wideep-opt presets list\n"));
  }
  return fabric_of_workload(workload, texts);
}

}  // namespace

ProblemTrees load_trees(const ProblemFiles& files, Texts& texts) {
  const int from_stdin = (files.workload == "-" ? 1 : 0) + (files.fabric == "-" ? 1 : 0) +
                         (files.search == "-" ? 1 : 0);
  if (from_stdin > 1) {
    refuse(InputError("wideep-opt: only one input can come from standard input\n"));
  }
  ProblemTrees trees{.workload = texts.load(files.workload), .fabric = {}};
  trees.fabric = choose_fabric(files, trees.workload, texts);
  if (files.search) {
    Node search = texts.load(*files.search);
    if (search.kind != Node::Kind::kNull) trees.search = std::move(search);
  }
  return trees;
}

void lay_over(const std::vector<std::string>& set, ProblemTrees& trees, Texts& texts) {
  Overrides overrides(set, texts.sources, texts.findings);
  overrides.apply(
      {.workload = &trees.workload, .fabric = &trees.fabric, .search = trees.search_root()});
  overrides.report_unused();
}

Problem assemble(ProblemTrees& trees, Texts& texts, KnownFiles* known) {
  return assemble({trees.workload, trees.fabric, trees.search_root()}, texts, known);
}

}  // namespace wideep
