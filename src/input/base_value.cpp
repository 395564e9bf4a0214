#include "input/base_value.h"

#include <fmt/format.h>

#include "input/axis.h"
#include "input/input_keys.h"
#include "input/presets.h"

namespace wideep {
namespace {

constexpr std::string_view kOfFabric = "fabric.";
constexpr std::string_view kOfSearch = "search.";
constexpr std::string_view kOfModel = "model.";
constexpr std::string_view kOfKernels = "kernels.";

const Node* below(const Node& tree, std::string_view path) {
  const std::size_t dot = path.find('.');
  const Node* const next = tree.find(path.substr(0, dot));
  if (next == nullptr || dot == std::string_view::npos) return next;
  return below(*next, path.substr(dot + 1));
}

/// A scalar whose number, where it has one, is multiplied.
std::string scaled(const std::string& text, double factor) {
  const auto value = factor == 1.0 ? std::nullopt : number_and_unit(text);
  return value ? axis_number(factor * value->number) + std::string(value->unit) : text;
}

/// The node as YAML in one line, its numbers multiplied, but for those that are keys.
std::string flow_text(const Node& node, double factor) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return node.quoted ? fmt::format("\"{}\"", node.text) : scaled(node.text, factor);
    case Node::Kind::kSequence:
      for (const Node& item : node.items) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", flow_text(item, factor));
      }
      return fmt::format("[{}]", text);
    case Node::Kind::kMap:
      break;
  }
  for (const Entry& entry : node.entries) {
    text += fmt::format("{}{}: {}",
                        text.empty() ? "" : ", ",
                        flow_text(entry.key, 1.0),
                        flow_text(entry.value, factor));
  }
  return fmt::format("{{{}}}", text);
}

std::vector<std::string> set_to(std::string_view key, const Node* value, double factor) {
  if (value == nullptr) return {};
  return {fmt::format("{}={}", key, flow_text(*value, factor))};
}

std::vector<std::string> in_fabric(std::string_view key,
                                   std::string_view path,
                                   const Node& fabric,
                                   double factor) {
  auto whole = set_to(key, below(fabric, path), factor);
  if (!whole.empty() || !path.starts_with(kOfKernels)) return whole;
  const std::size_t dot = path.find('.', kOfKernels.size());
  if (dot == std::string_view::npos) return {};
  for (const char* direction : {"dispatch", "combine"}) {
    const auto directed = [&](std::string_view of, std::size_t at) {
      return fmt::format("{}.{}{}", of.substr(0, at), direction, of.substr(at));
    };
    const std::size_t in_key = dot + key.size() - path.size();
    for (std::string& one :
         set_to(directed(key, in_key), below(fabric, directed(path, dot)), factor)) {
      whole.push_back(std::move(one));
    }
  }
  return whole;
}

}  // namespace

Node flattened_fabric(const Node& fabric) {
  Findings reported_elsewhere;
  Node whole = with_preset(PresetKind::kFabric, fabric, reported_elsewhere);
  if (Node* const gpu = whole.find("gpu")) {
    *gpu = with_preset(PresetKind::kGpu, *gpu, reported_elsewhere);
  }
  if (Node* const kernels = whole.find("kernels")) {
    for (Entry& entry : kernels->entries) {
      entry.value = with_preset(PresetKind::kKernel, entry.value, reported_elsewhere);
    }
  }
  return whole;
}

std::vector<std::string> base_values(std::string_view key,
                                     const ProblemTrees& trees,
                                     double factor) {
  const std::string_view first = key.substr(0, key.find('.'));
  const bool prefixed = key.starts_with(kOfFabric);
  if (prefixed || holds(kFabricKeys, first)) {
    const std::string_view path = prefixed ? key.substr(kOfFabric.size()) : key;
    return in_fabric(key, path, flattened_fabric(trees.fabric), factor);
  }
  if (trees.search && key.starts_with(kOfSearch)) {
    return set_to(key, below(*trees.search, key.substr(kOfSearch.size())), factor);
  }
  const Node* const model = trees.workload.find("model");
  const bool in_model = key.starts_with(kOfModel);
  if (!in_model) {
    auto own = set_to(key, below(trees.workload, key), factor);
    if (!own.empty() || !holds(kModelKeys, first)) return own;
  }
  if (model == nullptr || (model->is_scalar() && names_file(model->text))) return {};
  Findings reported_elsewhere;
  const Node whole = with_preset(PresetKind::kModel, *model, reported_elsewhere);
  return set_to(key, below(whole, in_model ? key.substr(kOfModel.size()) : key), factor);
}

}  // namespace wideep
