#include "input/problem_trees.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "input/axis.h"
#include "input/base_value.h"
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

InputTrees trees_of(ProblemTrees& trees) {
  return {.workload = &trees.workload, .fabric = &trees.fabric, .search = trees.search_root()};
}

/// The factor of "key=0.5x"; nothing where it is a value.
std::optional<double> factor_in(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto value = number_and_unit(argument.substr(equals + 1));
  return value && value->unit == "x" ? std::optional(value->number) : std::nullopt;
}

/// Whether a file has the key of an argument.
bool fits(const std::string& argument, ProblemTrees trees) {
  Texts probe;
  Overrides overrides({argument}, probe.sources, probe.findings);
  overrides.apply(trees_of(trees));
  overrides.report_unused();
  return !probe.findings.any();
}

/// What a factor makes of the numbers at its key, as arguments; nothing, which is reported, where
/// there is none.
std::vector<std::string> scaled(const std::string& argument,
                                double factor,
                                const ProblemTrees& trees,
                                Texts& texts) {
  const std::string key = argument.substr(0, argument.find('='));
  auto values = base_values(key, trees, factor);
  const bool numbers = values != base_values(key, trees, 2.0 * factor);
  if (numbers && factor > 0.0) return values;
  if (!fits(argument, trees)) return {argument};  // which says so of any value
  const Source& source = texts.sources.emplace_back(Source{.name = "--set", .text = argument});
  texts.findings.report(
      {&source, 1, 1},
      factor > 0.0 ? fmt::format("the input has no number at '{}' that a factor could be of", key)
                   : "a factor is above 0",
      "give a value instead");
  return {};
}

/// The arguments with values in place of factors.
std::vector<std::string> as_values(const std::vector<std::string>& set,
                                   const ProblemTrees& trees,
                                   Texts& texts) {
  const auto relative = [](const std::string& argument) { return factor_in(argument).has_value(); };
  if (std::none_of(set.begin(), set.end(), relative)) return set;
  std::vector<std::string> values;
  Texts scratch;  // what it finds is found again
  ProblemTrees so_far = trees;
  for (const std::string& argument : set) {
    const auto factor = factor_in(argument);
    const auto next = factor ? scaled(argument, *factor, so_far, texts) : std::vector{argument};
    Overrides(next, scratch.sources, scratch.findings).apply(trees_of(so_far));
    values.insert(values.end(), next.begin(), next.end());
  }
  return values;
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
  const std::vector<std::string> values = as_values(set, trees, texts);
  Overrides overrides(values, texts.sources, texts.findings);
  overrides.apply(trees_of(trees));
  overrides.report_unused();
}

Problem assemble(ProblemTrees& trees, Texts& texts, KnownFiles* known) {
  return assemble({trees.workload, trees.fabric, trees.search_root()}, texts, known);
}

}  // namespace wideep
