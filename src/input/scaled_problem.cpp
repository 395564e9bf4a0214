#include "input/scaled_problem.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "input/axis.h"
#include "input/input_keys.h"

namespace wideep {
namespace {

constexpr std::string_view kFabricPrefix = "fabric.";
constexpr std::string_view kSearchPrefix = "search.";
constexpr std::string_view kKernelsPrefix = "kernels.";

// Nodes are found to be looked at (N: const Node) and to be changed (Node).

template <class N>
N* node_at(N& tree, std::string_view path) {
  const std::size_t dot = path.find('.');
  N* const next = tree.find(path.substr(0, dot));
  if (next == nullptr || dot == std::string_view::npos) return next;
  return node_at(*next, path.substr(dot + 1));
}

/// Whether the key of a table's entry is a width beyond the fitted ones.
bool is_beyond(const Node& key, const FittedRange& fitted) {
  int width = 0;
  const char* const end = key.text.data() + key.text.size();
  const auto [read, error] = std::from_chars(key.text.data(), end, width);
  return error == std::errc() && read == end && !fitted.holds(width);
}

/// Scalars below a node that are of the key's part.
template <class N>
void find_scalars(N& node, const ScaledKey& key, bool beyond, std::vector<N*>& found) {
  const bool counts = !key.fitted || key.beyond == beyond;
  if (node.is_scalar() && counts) found.push_back(&node);
  for (auto& item : node.items) find_scalars<N>(item, key, beyond, found);
  for (auto& entry : node.entries) {
    const bool there = key.fitted && is_beyond(entry.key, *key.fitted);
    find_scalars<N>(entry.value, key, beyond || there, found);
  }
}

/// Where a key stands.
template <class N>
struct Standing {
  std::vector<N*> scalars{};
  Reach reach{};
};

template <class N>
void find_in_fabric(N& fabric, std::string_view path, const ScaledKey& key, Standing<N>& at) {
  const auto add = [&](N* node) {
    if (node != nullptr) find_scalars(*node, key, false, at.scalars);
  };
  if (!path.starts_with(kKernelsPrefix)) {
    add(node_at(fabric, path));
    (path.starts_with("gpu.") ? at.reach.gpu : at.reach.fabric) = true;
    return;
  }
  const std::string_view in_kernels = path.substr(kKernelsPrefix.size());
  const std::size_t dot = in_kernels.find('.');
  N* const kernels = fabric.find("kernels");
  if (kernels == nullptr || dot == std::string_view::npos) return;
  for (std::size_t kernel = 0; kernel < kernels->entries.size(); ++kernel) {
    if (kernels->entries[kernel].key.text != in_kernels.substr(0, dot)) continue;
    N& of_kernel = kernels->entries[kernel].value;
    const std::string_view figure = in_kernels.substr(dot + 1);
    at.reach.kernels.push_back(kernel);
    add(node_at(of_kernel, figure));
    for (const char* direction : {"dispatch", "combine"}) {
      if (N* const directed = of_kernel.find(direction)) add(node_at(*directed, figure));
    }
  }
}

/// N: Node of a ReadAgain, const Node of one that is const.
template <class N, class R>
Standing<N> standing_of(R& read, const ScaledKey& key) {
  Standing<N> at;
  const std::string_view path = key.key;
  const bool prefixed = path.starts_with(kFabricPrefix);
  const auto add = [&](N& tree, std::string_view in_tree) {
    if (N* const node = node_at(tree, in_tree)) find_scalars(*node, key, false, at.scalars);
  };
  if (prefixed || holds(kFabricKeys, path.substr(0, path.find('.')))) {
    find_in_fabric<N>(read.fabric, prefixed ? path.substr(kFabricPrefix.size()) : path, key, at);
  } else if (read.search && path.starts_with(kSearchPrefix)) {
    add(*read.search, path.substr(kSearchPrefix.size()));
    at.reach.space = true;
  } else {
    add(read.workload, path);
    at.reach.workload = true;
  }
  at.reach.widen();
  std::erase_if(at.scalars, [](const Node* node) {
    const auto value = number_and_unit(node->text);
    return !value || value->number == 0.0;
  });
  return at;
}

/// The factor with which a number keeps the bounds of its key.
double bounded(const ScaledKey& key, double base, std::string_view unit, double factor) {
  constexpr double kPercent = 100.0;
  double value = factor * base;
  if (key.bounds == ScaledKey::Bounds::kShare) {
    value = std::min(value, unit == "%" ? kPercent : 1.0);
  }
  if (key.whole) value = std::round(value);
  if (key.whole || key.bounds == ScaledKey::Bounds::kAtLeastOne) value = std::max(value, 1.0);
  return value / base;
}

}  // namespace

std::string ScaledKey::name() const {
  return beyond && fitted ? fmt::format("{} beyond EP {}", key, fitted->high) : key;
}

bool has_number(const ReadAgain& read, const ScaledKey& key) {
  return !standing_of<const Node>(read, key).scalars.empty();
}

ScaledProblem::ScaledProblem(const ReadAgain& read, std::vector<ScaledKey> keys)
    : read_(read), keys_(std::move(keys)), factors_(keys_.size(), 1.0) {
  find_slots();
}

ScaledProblem::ScaledProblem(const ScaledProblem& other)
    : read_(other.read_), keys_(other.keys_), factors_(other.factors_), sound_(other.sound_) {
  find_slots();
  for (std::size_t key = 0; key < slots_.size(); ++key) {
    for (std::size_t at = 0; at < slots_[key].size(); ++at) {
      Node* const node = slots_[key][at].node;
      slots_[key][at] = other.slots_[key][at];
      slots_[key][at].node = node;
    }
  }
}

void ScaledProblem::find_slots() {
  for (const ScaledKey& key : keys_) {
    Standing<Node> at = standing_of<Node>(read_, key);
    std::vector<Slot>& slots = slots_.emplace_back();
    for (Node* const node : at.scalars) {
      const auto value = number_and_unit(node->text);
      slots.push_back({.node = node,
                       .base = value->number,
                       .unit = std::string(value->unit),
                       .text = node->text});
    }
    reaches_.push_back(slots.empty() ? Reach{} : std::move(at.reach));
  }
}

std::string ScaledProblem::text_of(std::size_t key, const Slot& slot, double factor) const {
  if (factor == 1.0) return slot.text;
  return axis_number(slot.base * bounded(keys_[key], slot.base, slot.unit, factor)) + slot.unit;
}

double ScaledProblem::factor_in_force(std::size_t key, double factor) const {
  if (slots_[key].empty() || factor == 1.0) return factor;
  const Slot& slot = slots_[key].front();
  return bounded(keys_[key], slot.base, slot.unit, factor);
}

std::string ScaledProblem::text_at(std::size_t key, double factor) const {
  const std::vector<Slot>& slots = slots_[key];
  const bool one = !slots.empty() && std::all_of(slots.begin(), slots.end(), [&](const Slot& slot) {
    return slot.text == slots.front().text;
  });
  return one ? text_of(key, slots.front(), factor) : "";
}

const Problem* ScaledProblem::at(std::span<const double> factors) {
  Reach reach;
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    if (sound_ && factors[key] == factors_[key]) continue;
    for (const Slot& slot : slots_[key]) slot.node->text = text_of(key, slot, factors[key]);
    factors_[key] = factors[key];
    reach.add(reaches_[key]);
  }
  // A kernel is read once, however many of its keys have moved.
  std::sort(reach.kernels.begin(), reach.kernels.end());
  reach.kernels.erase(std::unique(reach.kernels.begin(), reach.kernels.end()), reach.kernels.end());
  sound_ = !read_part(read_, reach).any();
  return sound_ ? &read_.problem : nullptr;
}

const PlanQuestion* ScaledProblem::plan_at(std::span<const double> factors) {
  return at(factors) == nullptr ? nullptr : &*read_.plan;
}

}  // namespace wideep
