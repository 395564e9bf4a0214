#include "input/read_problem.h"

#include <utility>

#include "input/assemble.h"
#include "input/overrides.h"
#include "input/presets.h"

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

/// `fabric`: becomes that of the files, overrides laid over it.
Problem read_into(const ProblemFiles& files, Texts& texts, Node& fabric) {
  const int from_stdin = (files.workload == "-" ? 1 : 0) + (files.fabric == "-" ? 1 : 0) +
                         (files.search == "-" ? 1 : 0);
  if (from_stdin > 1) {
    throw InputError("wideep-opt: only one input can come from standard input\n");
  }
  Node workload = texts.load(files.workload);
  fabric = choose_fabric(files, workload, texts);
  std::optional<Node> search;
  if (files.search) search = texts.load(*files.search);
  const bool own_search = search.has_value() && search->kind != Node::Kind::kNull;
  Overrides overrides(files.set, texts.sources, texts.findings);
  overrides.apply(
      {.workload = &workload, .fabric = &fabric, .search = own_search ? &*search : nullptr});
  overrides.report_unused();
  Problem problem = assemble(workload, fabric, own_search ? &*search : nullptr, texts);
  texts.findings.throw_if_any();
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
