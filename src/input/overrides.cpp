#include "input/overrides.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/key_hint.h"
#include "input/presets.h"
#include "input/removals.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// Keys of a path; our deepest has 5.
constexpr std::ptrdiff_t kMaxPathKeys = 16;
/// Nobody gives as many; each is compared with all others.
constexpr std::size_t kMaxOverrides = 1'000;
/// As much of a path as a message has room for.
constexpr std::size_t kShownPath = 60;

constexpr std::string_view kFabricPrefix = "fabric.";  // as it is spelt inside a workload
constexpr std::string_view kSearchPrefix = "search.";
constexpr std::string_view kModelPrefix = "model.";
constexpr std::string_view kGpuPrefix = "gpu.";
constexpr std::string_view kKernelsPrefix = "kernels.";

std::string_view first_key(std::string_view path) {
  return path.substr(0, path.find('.'));
}

/// What stands in the tree where a path goes on.
struct Spot {
  bool may_name_preset = false;  ///< a scalar here is the name of a preset
  bool over_preset = false;      ///< what stands here is laid over a preset's keys
};

/// Whether the value of `key` may be the name of a preset.
bool names_preset(std::string_view parent, std::string_view key) {
  return parent == "kernels" || (parent.empty() && (key == "model" || key == "gpu"));
}

/// Sets `path` below `tree` to `value`; a null value removes the key, one of a preset's too.
void set(Node& tree, std::string_view parent, std::string_view path, const Node& value, Spot spot) {
  const Place place = value.place;
  if (tree.is_scalar() && spot.may_name_preset) {  // of which one value is to differ
    Node named = make_node(Node::Kind::kMap, place);
    named.entries.push_back({make_node(Node::Kind::kScalar, tree.place, "preset"), tree});
    tree = std::move(named);
  } else if (!tree.is_map()) {
    tree = make_node(Node::Kind::kMap, place);
  }
  spot.over_preset = spot.over_preset || tree.find("preset") != nullptr;
  const std::size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  const bool last = dot == std::string_view::npos;
  if (last && value.kind == Node::Kind::kNull && !spot.over_preset) {
    std::erase_if(tree.entries, [&](const Entry& entry) { return entry.key.text == key; });
    return;
  }
  Node* present = tree.find(key);
  if (present == nullptr) {
    tree.entries.push_back({make_node(Node::Kind::kScalar, place, std::string(key)), {}});
    present = &tree.entries.back().value;
    present->place = place;
  }
  if (last) {
    *present = value;
  } else {
    spot.may_name_preset = names_preset(parent, key);
    set(*present, key, path.substr(dot + 1), value, spot);
  }
}

struct Target {
  Node* tree = nullptr;
  std::string_view path{};
};

Target below(Node* tree, std::string_view path, std::string_view prefix) {
  return {tree, path.substr(prefix.size())};
}

/// The tree that an override belongs to when its file is checked alone, and its path there.
Target target_alone(std::string_view path, const InputTrees& trees) {
  const std::string_view first = first_key(path);
  if (trees.search != nullptr && holds(kSearchKeys, first)) return {trees.search, path};
  if (trees.model != nullptr) {
    if (path.starts_with(kModelPrefix)) return below(trees.model, path, kModelPrefix);
    if (holds(kModelKeys, first) || first == "preset") return {trees.model, path};
  }
  if (trees.gpu != nullptr) {
    if (path.starts_with(kGpuPrefix)) return below(trees.gpu, path, kGpuPrefix);
    if (holds(kGpuKeys, first) || first == "preset") return {trees.gpu, path};
  }
  if (trees.kernel != nullptr) {
    const std::string named = fmt::format("{}{}.", kKernelsPrefix, trees.kernel_name);
    if (path.starts_with(named)) return below(trees.kernel, path, named);
    if (holds(kKernelKeys, first) || first == "preset") return {trees.kernel, path};
  }
  return {};
}

bool is_fabric_key(std::string_view path) {
  const std::string_view first = first_key(path);
  constexpr std::array<std::string_view, 5> kOthers = {
      "straggler_factor", "serving_efficiency", "step_overhead", "calibration", "about"};
  return holds(kFabricKeys, first) ||
         std::find(kOthers.begin(), kOthers.end(), first) != kOthers.end();
}

/// The tree that an override belongs to, and its path there; none where it fits no file.
Target target_of(std::string_view path, const InputTrees& trees) {
  if (trees.search != nullptr && path.starts_with(kSearchPrefix)) {
    return below(trees.search, path, kSearchPrefix);
  }
  if (trees.workload == nullptr && trees.fabric == nullptr) return target_alone(path, trees);
  if (path.starts_with(kFabricPrefix)) {
    const Target target = below(trees.fabric, path, kFabricPrefix);
    return is_fabric_key(target.path) ? target : Target{};
  }
  const std::string_view first = first_key(path);
  if (holds(kFabricKeys, first)) return {trees.fabric, path};
  if (holds(kWorkloadKeys, first)) return {trees.workload, path};
  return {};
}

/// The kernels of a fabric, those of its preset too; null where it has none.
Node kernels_of(const Node& fabric) {
  Findings reported_elsewhere;
  const Node whole = with_preset(PresetKind::kFabric, fabric, reported_elsewhere);
  const Node* const kernels = whole.find("kernels");
  return kernels == nullptr || !kernels->is_map() ? Node{} : *kernels;
}

/// The name of the kernel below which a path sets something; empty where it does not.
std::string_view kernel_in(std::string_view path) {
  if (path.starts_with(kFabricPrefix)) path.remove_prefix(kFabricPrefix.size());
  if (!path.starts_with(kKernelsPrefix)) return "";
  return first_key(path.substr(kKernelsPrefix.size()));
}

/// Whether a kernel says at least what every kernel must.
bool is_whole(const Node& kernel) {
  const auto has = [&](const char* key) { return kernel.find(key) != nullptr; };
  const bool phases = has("dispatch") && has("combine");
  return !kernel.is_map() || has("preset") || has("collectives") ||
         ((phases || has("latency")) && (phases || has("bandwidth")));
}

}  // namespace

Overrides::Overrides(const std::vector<std::string>& arguments,
                     std::deque<Source>& sources,
                     Findings& findings)
    : findings_(findings) {
  if (arguments.size() > kMaxOverrides) {
    findings.report(
        InputError(fmt::format("wideep-opt: at most {} --set are taken\n", kMaxOverrides)));
    return;
  }
  for (const std::string& argument : arguments) {
    const Source& source = sources.emplace_back(Source{.name = "--set", .text = argument});
    const Place place{&source, 1, 1};
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      findings.report(place, "write --set key.path=value");
      continue;
    }
    const std::string_view path = std::string_view(source.text).substr(0, equals);
    if (path.starts_with('.') || path.ends_with('.') || path.find("..") != path.npos) {
      findings.report(place,
                      fmt::format("the path '{}' has an empty key", path.substr(0, kShownPath)));
      continue;
    }
    if (std::count(path.begin(), path.end(), '.') >= kMaxPathKeys) {
      findings.report(place, fmt::format("the path has more than {} keys", kMaxPathKeys));
      continue;
    }
    if (path == "fabric") {
      findings.report(place,
                      "the fabric itself cannot be set",
                      "give --fabric, or set its keys, such as gpu=h200-sxm");
      continue;
    }
    const bool removed = argument.substr(equals + 1) == "null";
    const Node value =
        removed ? make_node(Node::Kind::kNull, place) : parse_yaml(source, findings, equals + 1);
    if (!removed && value.kind == Node::Kind::kNull) continue;
    overrides_.push_back({place, path, value});
  }
}

bool Overrides::names_kernel(const Override& change, const Node& kernels) {
  const std::string_view kernel = kernel_in(change.path);
  if (kernel.empty() || kernels.find(kernel) != nullptr || !holds(kKernelKeys, kernel)) return true;
  const std::size_t at = change.path.find(kKernelsPrefix) + kKernelsPrefix.size();
  findings_.report(change.place,
                   fmt::format("the fabric has no kernel '{}'", kernel),
                   key_hint(change.path.substr(at), kernels_));
  return false;
}

void Overrides::see_kernels(const Node& kernels) {
  for (const Entry& entry : kernels.entries) {
    Findings reported_elsewhere;
    const Node kernel = with_preset(PresetKind::kKernel, entry.value, reported_elsewhere);
    auto& names =
        kernel.find("collectives") != nullptr ? kernels_.collectives : kernels_.all_to_alls;
    const std::string& name = entry.key.text;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

void Overrides::apply(const InputTrees& trees) {
  const Node kernels = trees.fabric == nullptr ? Node{} : kernels_of(*trees.fabric);
  if (!overrides_.empty()) see_kernels(kernels);
  for (Override& change : overrides_) {
    const auto [tree, path] = target_of(change.path, trees);
    if (tree == nullptr) continue;
    change.used = true;
    // A file that could not be read has been reported; a lone override would only add noise.
    if (tree->kind == Node::Kind::kNull || !names_kernel(change, kernels)) continue;
    const bool removed = change.value.kind == Node::Kind::kNull;
    if (removed && tree == trees.fabric && !can_remove(change.place, path, kernels, findings_)) {
      continue;
    }
    if (removed && tree == trees.workload && !is_own(change.place, path, *tree, findings_)) {
      continue;
    }
    if (removed && !leads_somewhere(*tree, path)) continue;
    const Node* const model = tree->find("model");
    if (path.starts_with(kModelPrefix) && model != nullptr && model->is_scalar() &&
        names_file(model->text)) {
      findings_.report(change.place,
                       "the model is a file, in which nothing can be set",
                       fmt::format("set {}, which takes precedence over the model's",
                                   path.substr(kModelPrefix.size())));
      continue;
    }
    set(*tree, "", path, change.value, {});
  }
  if (trees.fabric != nullptr && !kernels.entries.empty()) {
    report_unmade_kernels(kernels, *trees.fabric);
  }
}

void Overrides::report_unmade_kernels(const Node& before, Node& fabric) {
  Node* const kernels = fabric.find("kernels");
  if (kernels == nullptr) return;
  std::vector<std::string_view> known;
  for (const Entry& entry : before.entries) known.emplace_back(entry.key.text);
  for (const Override& change : overrides_) {
    const std::string_view name = kernel_in(change.path);
    const Node* const made = name.empty() ? nullptr : kernels->find(name);
    if (made == nullptr || before.find(name) != nullptr || is_whole(*made)) continue;
    const std::string near = did_you_mean(name, known);
    findings_.report(change.place,
                     fmt::format("the fabric has no kernel '{}'", name),
                     near.empty() ? fmt::format("it has {}", joined(known)) : near);
    std::erase_if(kernels->entries, [&](const Entry& entry) { return entry.key.text == name; });
  }
}

void Overrides::report_unused() const {
  for (const Override& change : overrides_) {
    if (change.used) continue;
    const std::string_view owner = owner_of(change.path);
    findings_.report(
        change.place,
        owner.empty()
            ? fmt::format("no input file has a key '{}'",
                          first_key(change.path).substr(0, kShownPath))
            : fmt::format("'{}' is of a {}, and none is given", first_key(change.path), owner),
        owner.empty() ? key_hint(change.path, kernels_) : "");
  }
}

}  // namespace wideep
