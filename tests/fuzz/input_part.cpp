// Readers of parts of input, and what is read and written again, against hostile text.
#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "expect.h"
#include "input/axis.h"
#include "input/calibration_errors.h"
#include "input/check_files.h"
#include "input/given_texts.h"
#include "input/presets.h"
#include "input/read_again.h"
#include "input/read_fabric.h"
#include "input/read_lengths.h"
#include "input/read_plan.h"
#include "input/read_search.h"
#include "input/stated_uncertainty.h"
#include "input/swept_problem.h"
#include "input/write_fabric.h"
#include "input_text.h"
#include "search/answer.h"
#include "targets.h"

namespace {

using namespace wideep;

std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The same but for places and quotes.
bool alike(const Node& one, const Node& other) {
  const auto entries = [](const Entry& a, const Entry& b) {
    return alike(a.key, b.key) && alike(a.value, b.value);
  };
  return one.kind == other.kind && one.text == other.text &&
         std::equal(
             one.items.begin(), one.items.end(), other.items.begin(), other.items.end(), alike) &&
         std::equal(one.entries.begin(),
                    one.entries.end(),
                    other.entries.begin(),
                    other.entries.end(),
                    entries);
}

/// What calibrations are written with.
void yaml(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (input.texts.findings.any() || root.is_scalar()) return;
  Input again;
  const std::string written = to_yaml(root);
  expect(alike(again.parse(written), root), "what is written is read as the same");
}

/// A fabric that a calibration starts from.
void calibration(std::string_view text) {
  Input input;
  BaseFabric base;
  base.node = with_preset(PresetKind::kFabric, input.parse(text), input.texts.findings);
  for (const CalibrationError& each : calibration_errors(base.node)) {
    expect(!each.key.empty(), "an error is of a key");
    expect(std::isfinite(each.error) && each.error > 0.0, "it is a share");
  }
  if (!base.node.is_map()) return;
  read_fabric(base.node, input.texts.findings);
  if (!input.is_sound()) return;
  const FabricChanges changes{.replaced = {}, .yaml = "gpus_per_domain: 4\n"};
  std::string written;
  try {
    written = fabric_text(base, changes);
  } catch (const InputError& error) {
    check(error);  // collectives among GPUs of a domain may not go with another domain
    return;
  }
  Input again;
  const Fabric read = read_fabric(again.parse(written), again.texts.findings);
  expect(again.is_sound() && read.gpus_per_domain == 4, "what is written says so");
}

void search(std::string_view text) {
  static const Fabric fabric = read_base_fabric("h100-ib400").fabric.value();
  Input input;
  const Node root = input.parse(text);
  if (root.kind == Node::Kind::kNull) return;
  const SearchSpace space = read_search(&root, "", fabric, input.texts.findings);
  if (!input.is_sound()) return;
  expect(!space.attentions.empty() && !space.experts.empty(), "there is a layout");
  expect(!space.kernels.empty() && !space.overlaps.empty(), "there is a kernel and a mode");
  for (const std::size_t kernel : space.kernels) {
    expect(kernel < fabric.kernels.size(), "of the fabric");
  }
  for (const int width : space.ep_widths) expect(width >= 1, "a group has GPUs");
  expect(space.max_chunks >= 1 && space.max_gpus.value_or(1) >= 1, "there is a chunk and a GPU");
  expect(space.tolerance >= 0.0 && std::isfinite(space.tolerance), "a tolerance is a share");
}

void plan(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (!root.is_map()) return;
  const Node fabric = fabric_of_workload(root, input.texts);
  const PlanQuestion question = assemble_plan({.workload = root, .fabric = fabric}, input.texts);
  if (!input.is_sound() || fabric.kind == Node::Kind::kNull) return;
  const RequestLengths& lengths = question.lengths;
  for (const double mean : {mean_input(lengths),
                            mean_output(lengths),
                            mean_computed(lengths),
                            prompt_context(lengths),
                            decode_context(lengths)}) {
    expect(std::isfinite(mean) && mean > 0.0, "requests have a mean length");
  }
  expect(question.max_utilisation > 0.0 && question.max_utilisation <= 1.0,
         "a utilisation is a share");
  expect(!question.demand.rate || question.demand.rate->base() > 0.0, "a rate is above 0");
}

void lengths(std::string_view text) {
  Input input;
  const Source source{.name = "lengths", .text = std::string(text)};
  const auto read = read_lengths(source, input.texts.findings);
  expect(input.is_sound() == read.has_value(), "faults are reported where nothing is read");
  if (!read) return;
  expect(!read->empty(), "there are requests");
  std::string written = "input_tokens,output_tokens,weight\n";
  double weights = 0.0;
  for (const RequestLength& each : *read) {
    expect(each.input_tokens >= 1.0 && each.output_tokens >= 1.0, "requests have tokens");
    expect(each.weight > 0.0, "a weight is above 0");
    weights += each.weight;
    written += axis_number(each.input_tokens) + ',' + axis_number(each.output_tokens) + ',' +
               axis_number(each.weight) + '\n';
  }
  expect(std::isfinite(weights), "weights can be shares");
  const Source again{.name = "lengths", .text = written};
  const auto same = read_lengths(again, input.texts.findings);
  expect(same && same->size() <= read->size(), "what was read is read again");
}

/// What holds of an axis that is sound.
void check(const Axis& axis) {
  expect(axis.count >= 1 && axis.count <= kMostPoints, "an axis has values");
  expect(!axis.key.empty(), "an axis has a key");
  for (const std::uint64_t at : {std::uint64_t{0}, axis.count / 2, axis.count - 1}) {
    const std::string text = axis.text_of(at);
    expect(!text.empty(), "a value is a text");
    if (axis.rule == Axis::Rule::kListed) continue;
    const auto value = number_and_unit(text);
    expect(value && value->unit == axis.unit, "a value by a rule is a number");
    const double slack =
        (axis.whole ? 1.0 : 0.0) + 1e-5 * (std::abs(axis.low) + std::abs(axis.high));
    expect(value->number >= axis.low - slack && value->number <= axis.high + slack,
           "between the ends");
  }
}

void axis(std::string_view text) {
  for (const std::string& line : lines_in(text)) {
    Input input;
    const Source source{.name = "--axis", .text = line};
    const Axis read = read_axis(source, input.texts.findings);
    expect(input.is_sound() == (read.count > 0), "an axis without faults has values");
    if (read.count == 0) continue;
    check(read);
    Findings findings;
    const Axis whole = rounded(read, source, findings);
    if (!findings.any()) check(whole);
  }
}

std::uint64_t points_of(const std::vector<std::string>& axes) {
  double points = 1.0;
  for (const std::string& each : axes) {
    Findings findings;
    const Source source{.name = "--axis", .text = each};
    points *= static_cast<double>(std::max<std::uint64_t>(read_axis(source, findings).count, 1));
  }
  return static_cast<std::uint64_t>(std::min(points, 1e12));
}

Seconds time_of(const Problem& problem) {
  const Answer found = answer(problem);
  return found.used() == nullptr ? Seconds{} : found.used()->layer;
}

/// Each line is an --axis. Points are what --set makes of the same values.
void swept(std::string_view text) {
  constexpr std::uint64_t kMost = 50;
  const std::vector<std::string> axes = lines_in(text);
  if (axes.empty() || axes.size() > 3 || points_of(axes) > kMost) return;
  const GivenTexts given(named(kWorkloadName, kQuestion));
  try {
    SweptProblem swept(workload_files(), axes);
    for (const std::uint64_t point : {std::uint64_t{0}, swept.points() - 1}) {
      const AxisPlaces places = swept.places_of(point);
      ProblemFiles files = workload_files();
      for (std::size_t at = 0; at < axes.size(); ++at) {
        files.set.push_back(swept.axes()[at].key + "=" + swept.value_text(at, places[at]));
      }
      const Problem* const there = swept.at(places);
      expect(there != nullptr, "points of a sweep that is begun are sound");
      const double time = time_of(*there).base();
      const double set = time_of(read_problem(files)).base();
      expect(std::abs(time - set) <= 1e-9 * set, "a point is what --set makes of it");
    }
  } catch (const InputError& error) {
    check(error);
  }
}

/// Each line is an --uncertain.
void uncertain(std::string_view text) {
  const GivenTexts given(named(kWorkloadName, kQuestion));
  static const ReadAgain read = read_again(workload_files());
  const std::vector<std::string> arguments = lines_in(text);
  if (arguments.size() > 4) return;
  try {
    for (const StatedUncertainty& each : read_uncertainties(arguments, read)) {
      expect(each.deviation > 0.0 && each.deviation <= 1.0, "a deviation is a share");
      ScaledProblem scaled(read, {each.key});
      const Problem* const same = scaled.at(std::array{1.0});
      expect(same != nullptr, "what is not scaled is sound");
      expect(time_of(*same) == time_of(read.problem), "and the same");
      static_cast<void>(scaled.at(std::array{1.0 + each.deviation}));
    }
  } catch (const InputError& error) {
    check(error);
  }
}

/// A file of any kind, as `check` reads it.
void any_file(std::string_view text) {
  const std::string name = "input.yaml";
  try {
    const auto checked = check_files(
        {.files = {name},
         .read = {{name, {.name = name, .text = std::string(text), .root = "/nowhere"}}}});
    expect(checked.size() == 1 && checked.front().path == name, "a file that is sound is told of");
  } catch (const InputError& error) {
    check(error);
    expect(!error.faults().empty(), "faults are told one by one");
  }
}

constexpr std::array<FuzzTarget, 9> kPartTargets = {{{"any_file", any_file},
                                                     {"axis", axis},
                                                     {"calibration", calibration},
                                                     {"lengths", lengths},
                                                     {"plan", plan},
                                                     {"search", search},
                                                     {"swept", swept},
                                                     {"uncertain", uncertain},
                                                     {"yaml", yaml}}};

}  // namespace

FuzzTargets wideep::part_targets() {
  return kPartTargets;
}
