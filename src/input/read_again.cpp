#include "input/read_again.h"

#include <utility>

#include "input/base_value.h"
#include "input/read_fabric.h"
#include "input/read_gpu.h"
#include "input/read_kernel.h"
#include "input/read_plan.h"
#include "model/figures.h"

namespace wideep {
namespace {

/// Names that the parts of a fabric do not have by themselves.
void keep_names(const Fabric& before, Fabric& fabric) {
  fabric.name = before.name;
  if (fabric.gpu && before.gpu) fabric.gpu->name = before.gpu->name;
}

/// All of a deployment: a key may bear on either role, and on what they share.
Findings read_plan_part(ReadAgain& read) {
  Texts texts;
  PlanQuestion question =
      assemble_plan({.workload = read.workload, .fabric = read.fabric, .search = read.search},
                    texts,
                    &read.known);
  if (texts.findings.any()) return texts.findings;
  keep_names(read.problem.fabric, question.decode.fabric);
  keep_names(read.problem.fabric, question.prefill.fabric);
  read.problem = question.decode;
  read.plan = std::move(question);
  return {};
}

}  // namespace

void Reach::add(const Reach& other) {
  fabric = fabric || other.fabric;
  gpu = gpu || other.gpu;
  workload = workload || other.workload;
  space = space || other.space;
  kernels.insert(kernels.end(), other.kernels.begin(), other.kernels.end());
}

void Reach::widen() {
  if (fabric || gpu) workload = true;
  if (workload) space = true;
}

ReadAgain read_again_of(ProblemTrees trees, Problem problem, std::shared_ptr<Texts> texts) {
  return {.workload = std::move(trees.workload),
          .fabric = flattened_fabric(trees.fabric),
          .search = std::move(trees.search),
          .problem = std::move(problem),
          .texts = std::move(texts)};
}

ReadAgain read_again(const ProblemFiles& files) {
  auto texts = std::make_shared<Texts>();
  ProblemTrees trees = load_trees(files, *texts);
  lay_over(files.set, trees, *texts);
  Problem problem = assemble(trees, *texts);
  texts->findings.throw_if_any();
  return read_again_of(std::move(trees), std::move(problem), std::move(texts));
}

ReadAgain read_plan_again(const ProblemFiles& files) {
  auto texts = std::make_shared<Texts>();
  ProblemTrees trees = load_trees(files, *texts);
  lay_over(files.set, trees, *texts);
  KnownFiles known;
  PlanQuestion question = assemble_plan(trees, *texts, &known);
  texts->findings.throw_if_any();
  ReadAgain read = read_again_of(std::move(trees), question.decode, std::move(texts));
  read.plan = std::move(question);
  read.known = std::move(known);
  return read;
}

Reach reach_of(ReadAgain& read, const std::function<bool(Node&)>& in) {
  Reach reach;
  reach.workload = in(read.workload);
  reach.space = reach.workload;
  if (read.search) reach.space |= in(*read.search);
  for (Entry& part : read.fabric.entries) {
    if (part.key.text == "gpu") {
      reach.gpu = in(part.value);
    } else if (part.key.text != "kernels") {
      reach.fabric |= in(part.value);
    } else {
      for (std::size_t at = 0; at < part.value.entries.size(); ++at) {
        if (in(part.value.entries[at].value)) reach.kernels.push_back(at);
      }
    }
  }
  reach.widen();
  return reach;
}

Findings read_part(ReadAgain& read, const Reach& reach) {
  if (read.plan) return read_plan_part(read);
  Findings findings;
  Problem& problem = read.problem;
  Fabric& fabric = problem.fabric;
  const std::string gpu = fabric.gpu ? fabric.gpu->name : "";
  if (reach.fabric) {
    const std::string name = fabric.name;
    fabric = read_fabric(read.fabric, findings);
    fabric.name = name;
  } else {
    if (reach.gpu) fabric.gpu = read_gpu(*read.fabric.find("gpu"), findings);
    const Node* const kernels = read.fabric.find("kernels");
    for (const std::size_t kernel : reach.kernels) {
      fabric.kernels[kernel] = read_kernel(kernels->entries[kernel], findings);
    }
  }
  if (fabric.gpu) fabric.gpu->name = gpu;
  const ProblemRoots roots{read.workload, read.fabric, read.search ? &*read.search : nullptr};
  if (reach.workload) {
    read_workload_of(roots, problem, findings, &read.known);
  } else if (!reach.kernels.empty()) {
    problem.workload.figures = figures_of(problem.workload, fabric);
  }
  if (reach.space) read_space_of(roots, problem, findings);
  return findings;
}

}  // namespace wideep
