#include "regret/read_question.h"

#include <utility>

#include "engines/runs.h"
#include "input/assemble.h"
#include "input/presets.h"
#include "input/problem_trees.h"
#include "input/read_plan.h"

namespace wideep {
namespace {

std::string first_fault(const Texts& texts) {
  const std::vector<Diagnostic>& placed = texts.findings.placed();
  return placed.empty() ? "its machines cannot be read" : placed.front().message;
}

/// What engines do without an all-to-all, which preset fabrics leave out since nobody would choose
/// it: a gather before the experts and a scatter behind them, as NCCL does it on that GPU.
void add_gather(Node& fabric, Texts& texts) {
  Node* const kernels = fabric.is_map() ? fabric.find("kernels") : nullptr;
  const Node* const gpu = fabric.is_map() ? fabric.find("gpu") : nullptr;
  if (kernels == nullptr || gpu == nullptr || !gpu->is_scalar()) return;
  const std::string name = "nccl-ag-rs-" + gpu->text.substr(0, gpu->text.find("-sxm"));
  for (const Preset& preset : presets()) {
    if (preset.kind != PresetKind::kKernel || preset.name != name) continue;
    const Source& source =
        texts.sources.emplace_back(Source{.name = "preset " + name, .text = name});
    const auto scalar = [&source](const std::string& text) {
      return make_node(Node::Kind::kScalar, {&source, 1, 1}, text);
    };
    kernels->entries.push_back({scalar("AG"), scalar(name)});
  }
}

/// The workload and the machines.
ProblemTrees trees_of(const std::string& workload, const PricedBy& by, Texts& texts) {
  ProblemTrees trees{.workload = texts.parse({.name = "deployment.yaml", .text = workload}),
                     .fabric = load_fabric(*by.fabric, texts)};
  add_gather(trees.fabric, texts);
  return trees;
}

/// Whether nothing is wrong.
bool is_sound(const Texts& texts, std::string& why_not) {
  if (texts.findings.any()) why_not = first_fault(texts);
  return !texts.findings.any();
}

}  // namespace

std::shared_ptr<const Problem> read_role_question(const std::string& workload,
                                                  const PricedBy& by,
                                                  std::string& why_not) {
  Texts texts;
  ProblemTrees trees = trees_of(workload, by, texts);
  if (!is_sound(texts, why_not)) return nullptr;
  Problem problem = assemble(trees, texts);
  if (!is_sound(texts, why_not)) return nullptr;
  return std::make_shared<const Problem>(with_engines(std::move(problem)));
}

std::optional<PlanQuestion> read_deployment_question(const std::string& workload,
                                                     const PricedBy& by,
                                                     std::string& why_not) {
  Texts texts;
  ProblemTrees trees = trees_of(workload, by, texts);
  if (!is_sound(texts, why_not)) return std::nullopt;
  PlanQuestion question = assemble_plan(std::move(trees), texts);
  if (!is_sound(texts, why_not)) return std::nullopt;
  return question;
}

}  // namespace wideep
