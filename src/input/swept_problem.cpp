#include "input/swept_problem.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "input/base_value.h"
#include "input/problem_trees.h"

namespace wideep {
namespace {

constexpr std::size_t kMostAxes = 3;

/// 64-bit FNV-1a. Source: Fowler, Noll and Vo, draft-eastlake-fnv.
constexpr std::uint64_t kPrime = 0x100000001b3;
constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;

class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * kPrime;
    value_ = (value_ ^ text.size()) * kPrime;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = kOffsetBasis;
};

bool same_or_below(std::string_view key, std::string_view other) {
  return key.starts_with(other) && (key.size() == other.size() || key[other.size()] == '.');
}

/// Reports two axes of which one sets what the other does.
void check_keys(const std::vector<Axis>& axes,
                const std::deque<Source>& sources,
                Findings& findings) {
  for (std::size_t at = 1; at < axes.size(); ++at) {
    for (std::size_t other = 0; other < at; ++other) {
      const std::string& key = axes[at].key;
      if (key.empty() || axes[other].key.empty()) continue;
      if (!same_or_below(key, axes[other].key) && !same_or_below(axes[other].key, key)) continue;
      findings.report({&sources[at], 1, 1}, fmt::format("two axes set '{}'", key));
    }
  }
}

/// What axes add to `--set`, with the first values, or those of the input where they are relative.
struct AxisArgument {
  std::size_t axis;
  std::string text;
};

std::vector<AxisArgument> arguments_of(const std::vector<Axis>& axes,
                                       const std::deque<Source>& sources,
                                       const ProblemTrees& as_set,
                                       Findings& findings) {
  std::vector<AxisArgument> arguments;
  for (std::size_t at = 0; at < axes.size(); ++at) {
    const Axis& axis = axes[at];
    if (axis.count == 0) continue;
    if (!axis.relative) {
      arguments.push_back({at, fmt::format("{}={}", axis.key, axis.text_of(0))});
      continue;
    }
    const auto values = base_values(axis.key, as_set);
    if (values.empty()) {
      findings.report({&sources[at], 1, 1},
                      fmt::format("the input has no '{}' that factors could be of", axis.key),
                      "give values with their unit instead");
    }
    for (const std::string& value : values) arguments.push_back({at, value});
  }
  return arguments;
}

/// Scalars that arguments of `--set` have put into a tree.
struct Finder {
  const std::vector<const Source*>& by;
  const Source* instead;  ///< the text that messages are to point into
  int column;
  std::vector<Node*> found{};

  void in(Node& node) {
    const bool ours = std::find(by.begin(), by.end(), node.place.source) != by.end();
    if (node.is_scalar() && ours) found.push_back(&node);
    if (ours) node.place = {instead, 1, column};
    for (Node& item : node.items) in(item);
    for (Entry& entry : node.entries) in(entry.value);
  }
};

}  // namespace

SweptProblem::SweptProblem(const ProblemFiles& files, const std::vector<std::string>& axes) {
  const auto owned = std::make_shared<Texts>();
  Texts& texts = *owned;
  if (axes.empty() || axes.size() > kMostAxes) {
    refuse(InputError(fmt::format("wideep-opt: sweep takes one to {} --axis\n", kMostAxes)));
  }
  std::deque<Source> asked;
  for (const std::string& axis : axes) asked.push_back({.name = "--axis", .text = axis});
  for (const Source& source : asked) axes_.push_back(read_axis(source, texts.findings));
  check_keys(axes_, asked, texts.findings);
  const bool axes_sound = !texts.findings.any();

  ProblemTrees trees = load_trees(files, texts);
  Texts scratch;  // what it finds is found below again
  ProblemTrees as_set = trees;
  lay_over(files.set, as_set, scratch);
  const auto arguments = arguments_of(axes_, asked, as_set, texts.findings);
  std::vector<std::string> set = files.set;
  for (const AxisArgument& argument : arguments) set.push_back(argument.text);
  lay_over(set, trees, texts);
  const std::size_t before = texts.sources.size() - arguments.size();
  std::vector<std::vector<const Source*>> of_axes(axes_.size());
  for (std::size_t at = 0; before + at < texts.sources.size(); ++at) {
    Source& source = texts.sources[before + at];
    source.name = "--axis";
    of_axes[arguments[at].axis].push_back(&source);
  }
  if (!axes_sound) texts.findings.throw_if_any();
  Problem problem = assemble(trees, texts);
  texts.findings.throw_if_any();

  Hash hash;
  for (const Source& source : texts.sources) hash.add(source.text);
  for (const Source& source : asked) hash.add(source.text);
  fingerprint_ = hash.value();
  read_ = read_again_of(std::move(trees), std::move(problem), owned);
  find_slots(of_axes);
  find_whole_axes(asked);
  check_values();
}

SweptProblem::SweptProblem(const SweptProblem& other)
    : axes_(other.axes_),
      read_(other.read_),
      places_(other.places_),
      fingerprint_(other.fingerprint_) {
  std::vector<std::vector<const Source*>> of_axes;
  for (const Source& source : other.sources_) of_axes.push_back({&source});
  find_slots(of_axes);
  for (std::size_t axis = 0; axis < slots_.size(); ++axis) {
    for (std::size_t at = 0; at < slots_[axis].size(); ++at) {
      slots_[axis][at].base = other.slots_[axis][at].base;
      slots_[axis][at].unit = other.slots_[axis][at].unit;
    }
  }
}

std::uint64_t SweptProblem::points() const {
  std::uint64_t points = 1;
  for (const Axis& axis : axes_) points *= axis.count;
  return points;
}

AxisPlaces SweptProblem::places_of(std::uint64_t point) const {
  AxisPlaces places(axes_.size());
  for (std::size_t at = axes_.size(); at-- > 0;) {
    places[at] = point % axes_[at].count;
    point /= axes_[at].count;
  }
  return places;
}

std::string SweptProblem::value_text(std::size_t axis, std::uint64_t place) const {
  return axes_[axis].text_of(place) + (axes_[axis].relative ? "x" : "");
}

void SweptProblem::find_slots(const std::vector<std::vector<const Source*>>& of_axes) {
  slots_.resize(axes_.size());
  reaches_.resize(axes_.size());
  sources_.resize(axes_.size());
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    const Axis& of = axes_[axis];
    sources_[axis] = {.name = "--axis", .text = of.key + "=" + value_text(axis, 0)};
    Finder find{of_axes[axis], &sources_[axis], static_cast<int>(of.key.size()) + 2};
    Reach& reach = reaches_[axis];
    reach = reach_of(read_, [&](Node& tree) {
      const std::size_t before = find.found.size();
      find.in(tree);
      return find.found.size() > before;
    });
    for (Node* const node : find.found) {
      const auto value = number_and_unit(node->text);
      if (of.relative && !value) continue;
      Slot slot{.node = node};
      if (of.relative) slot.base = value->number;
      if (value) slot.unit = std::string(value->unit);
      slots_[axis].push_back(std::move(slot));
    }
    widen(reach, of);
  }
}

void SweptProblem::widen(Reach& reach, const Axis& axis) {
  const bool in_fabric = reach.gpu || !reach.kernels.empty();
  // What is no number, or counts SMs, may bear on other parts of the fabric.
  const bool words = std::any_of(axis.listed.begin(), axis.listed.end(), [](const auto& text) {
    return !number_and_unit(text);
  });
  if (in_fabric && (words || axis.key.ends_with(".sms"))) reach.fabric = true;
  reach.widen();
}

void SweptProblem::write(std::size_t axis, std::uint64_t place) {
  const Axis& of = axes_[axis];
  const std::string text = value_text(axis, place);
  sources_[axis].text = fmt::format("{}={}", of.key, text);
  for (const Slot& slot : slots_[axis]) {
    if (!of.relative) {
      slot.node->text = text;
      continue;
    }
    const double factor = number_and_unit(text)->number;
    const double value = factor * slot.base;
    slot.node->text = axis_number(of.whole ? std::round(value) : value) + slot.unit;
  }
}

const Problem* SweptProblem::at(const AxisPlaces& places) {
  if (places == places_) return &read_.problem;
  const bool first = places_.empty();
  Reach reach{.fabric = first, .workload = first, .space = first};
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (!first && places[axis] == places_[axis]) continue;
    write(axis, places[axis]);
    reach.add(reaches_[axis]);
  }
  places_.clear();
  refusals_ = read_part(read_, reach);
  if (refusals_.any()) return nullptr;
  places_ = places;
  return &read_.problem;
}

}  // namespace wideep
