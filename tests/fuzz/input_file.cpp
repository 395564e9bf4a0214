// Readers of whole input files against hostile text.
#include <array>
#include <cmath>
#include <sstream>
#include <string>
#include <string_view>

#include "expect.h"
#include "input/overrides.h"
#include "input/read_counts.h"
#include "input/read_fabric.h"
#include "input/read_model.h"
#include "input/read_workload.h"
#include "input_text.h"
#include "search/optimize.h"
#include "targets.h"

namespace {

using namespace wideep;

void workload(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (root.kind == Node::Kind::kNull) return;
  const Workload read = read_workload(root, nullptr, input.texts.findings);
  if (input.is_sound()) {
    expect(read.model.hidden_size > 0 && read.model.top_k > 0, "a workload has a shape");
  }
}

void fabric(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (root.kind == Node::Kind::kNull) return;
  const Fabric read = read_fabric(root, input.texts.findings);
  if (!input.is_sound()) return;
  expect(!read.kernels.empty(), "a fabric has kernels");
  expect(read.gpus_per_domain >= 1, "a domain has GPUs");
}

/// Our own, or a Hugging Face config.json.
void model(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (root.kind == Node::Kind::kNull) return;
  const ReadShape shape = read_model_root(root, input.texts.findings);
  if (!input.is_sound() || shape.faulty) return;
  expect(shape.experts.value_or(1) > 0, "there are experts");
  expect(shape.moe_layers.value_or(1) > 0, "there are layers");
}

void counts(std::string_view text) {
  Input input;
  const Source source{.name = "counts", .text = std::string(text)};
  const auto table = read_counts(source, input.texts.findings);
  expect(input.is_sound() == table.has_value(), "faults are reported where nothing is read");
  if (!table) return;
  for (const auto& layer : table->layers) {
    expect(layer.size() == table->layers.front().size(), "layers have as many counts");
    for (const double count : layer) expect(std::isfinite(count) && count >= 0.0, "a count");
  }
}

void check(const Problem& problem) {
  const SearchResult result = optimize(problem, Solver::kExhaustive);
  expect(std::isfinite(result.certificate.gap), "the gap is finite");
  expect(result.certificate.method != Certificate::Method::kExhaustive ||
             result.certificate.gap == 0.0,
         "what was searched exhaustively leaves no gap");
  if (!result.optimum) return;
  for (const Prediction* found : {&*result.optimum, &*result.recommended}) {
    expect(std::isfinite(found->layer.base()) && found->layer.base() >= 0.0, "a layer takes time");
    expect(std::isfinite(found->step.tpot.base()), "a step takes time");
    expect(found->layer >= result.optimum->layer, "nothing is faster than the optimum");
  }
}

/// Each line is one --set.
void set(std::string_view text) {
  Input input;
  Node root = input.parse(kQuestion);
  Node fabric = fabric_of_workload(root, input.texts);
  std::vector<std::string> arguments;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) arguments.push_back(line);
  Overrides overrides(arguments, input.texts.sources, input.texts.findings);
  overrides.apply({.workload = &root, .fabric = &fabric});
  overrides.report_unused();
  assemble({root, fabric}, input.texts);
  static_cast<void>(input.is_sound());
}

/// A workload with its fabric in it, the whole way to the best configuration.
void whole(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (!root.is_map()) return;
  const Node fabric = fabric_of_workload(root, input.texts);
  const Problem problem = assemble({root, fabric}, input.texts);
  if (fabric.kind != Node::Kind::kNull && input.is_sound()) check(problem);
}

constexpr std::array<FuzzTarget, 6> kInputTargets = {{{"counts", counts},
                                                      {"fabric", fabric},
                                                      {"model", model},
                                                      {"set", set},
                                                      {"whole", whole},
                                                      {"workload", workload}}};

}  // namespace

FuzzTargets wideep::input_targets() {
  return kInputTargets;
}
