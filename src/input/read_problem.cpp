#include "input/read_problem.h"

#include "input/assemble.h"
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

Problem read_problem(const ProblemFiles& files) {
  Texts texts;
  const int from_stdin = (files.workload == "-" ? 1 : 0) + (files.fabric == "-" ? 1 : 0) +
                         (files.search == "-" ? 1 : 0);
  if (from_stdin > 1) {
    throw InputError("wideep-opt: only one input can come from standard input\n");
  }
  Node workload = texts.load(files.workload);
  Node fabric = choose_fabric(files, workload, texts);
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

}  // namespace wideep
