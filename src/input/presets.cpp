#include "input/presets.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/removals.h"
#include "input/section.h"
#include "input/suggest.h"

namespace wideep {
namespace {

constexpr std::array<Word<PresetKind>, 6> kPresetWords = {{{"engine", PresetKind::kEngine},
                                                           {"fabric", PresetKind::kFabric},
                                                           {"flags", PresetKind::kFlags},
                                                           {"gpu", PresetKind::kGpu},
                                                           {"kernel", PresetKind::kKernel},
                                                           {"model", PresetKind::kModel}}};

struct ParsedPreset {
  Source source;
  Node node;
};

/// The node that begins at `at`, which moves beyond it.
Node restored(const StoredNode*& at, const Source& source) {
  const StoredNode& stored = *at++;
  Node node =
      make_node(stored.kind, {&source, stored.line, stored.column}, std::string(stored.text));
  node.quoted = stored.quoted;
  if (node.is_map()) {
    node.entries.reserve(stored.below / 2);
    for (std::size_t pair = 0; pair < stored.below / 2; ++pair) {
      Node key = restored(at, source);
      node.entries.push_back({std::move(key), restored(at, source)});
    }
  } else {
    node.items.reserve(stored.below);
    for (std::size_t item = 0; item < stored.below; ++item) {
      node.items.push_back(restored(at, source));
    }
  }
  return node;
}

const Node* parsed(const Preset& preset) {
  static std::map<const Preset*, ParsedPreset> cache;  // of which entries stay where they are
  // Several threads may read inputs. No mutex: the library of WebAssembly has none.
  static std::atomic_flag busy;
  while (busy.test_and_set(std::memory_order_acquire)) {
  }
  const auto [entry, is_new] = cache.try_emplace(&preset);
  ParsedPreset& kept = entry->second;
  if (is_new) {
    kept.source = {fmt::format("preset {}", preset.name), std::string(preset.text)};
    const StoredNode* first = preset.nodes.data();
    kept.node = restored(first, kept.source);
  }
  busy.clear(std::memory_order_release);
  return &kept.node;
}

/// Changes of what may be a preset's name, or a map over a preset. What they take away from a
/// preset stays in them as null until that preset is laid under them.
Node changed_named(const Node& present, const Node& change) {
  const bool whole = !change.is_map() || change.find("preset") != nullptr;
  if (whole) return change;
  Node result = present;
  if (present.is_scalar()) {
    result = make_node(Node::Kind::kMap, change.place);
    result.entries.push_back({make_node(Node::Kind::kScalar, present.place, "preset"), present});
  } else if (present.find("preset") == nullptr) {
    return merged(present, change);
  }
  for (const Entry& entry : change.entries) {
    Node* const known = result.find(entry.key.text);
    if (known == nullptr) {
      result.entries.push_back(entry);
    } else {
      *known = entry.value.kind == Node::Kind::kNull ? entry.value : merged(*known, entry.value);
    }
  }
  return result;
}

/// `changes` of those entries of `base` that may name presets: made, and taken out of `changes`.
void change_named(Node& base, Node& changes, const auto& may_name_preset) {
  std::erase_if(changes.entries, [&](const Entry& change) {
    Node* const present = base.find(change.key.text);
    const bool named = present != nullptr && change.value.kind != Node::Kind::kNull &&
                       may_name_preset(change.key.text);
    if (named) *present = changed_named(*present, change.value);
    return named;
  });
}

/// A preset with changes laid over it.
Node laid_over(PresetKind kind, Node base, Node changes) {
  if (kind == PresetKind::kFabric) {
    change_named(base, changes, [](std::string_view key) { return key == "gpu"; });
    Node* const kernels = base.find("kernels");
    Node* const changed = changes.find("kernels");
    if (kernels != nullptr && kernels->is_map() && changed != nullptr && changed->is_map()) {
      change_named(*kernels, *changed, [](std::string_view /*kernel*/) { return true; });
    }
  }
  return merged(base, changes);
}

/// The keys that what such presets describe may have.
const std::vector<std::string_view>& keys_of(PresetKind kind) {
  if (kind == PresetKind::kModel) return kModelKeys;
  if (kind == PresetKind::kGpu) return kGpuKeys;
  return kind == PresetKind::kKernel ? kKernelKeys : kFabricKeys;
}

/// A null takes a key of the preset away, and is gone then: a key that is not known would be too.
void report_unknown_removals(PresetKind kind, const Node& changes, Findings& findings) {
  for (const auto& [key, value] : changes.entries) {
    if (value.kind != Node::Kind::kNull) continue;
    can_remove_key(key.place, key.text, keys_of(kind), findings);
  }
}

}  // namespace

std::string_view name_of(PresetKind kind) {
  return word_of(kPresetWords, kind);
}

std::string about(const Preset& preset) {
  const Node* const node = parsed(preset);
  const Node* const text = node->find("about");
  return text == nullptr ? "" : text->text;
}

std::string preset_name(const Node& value) {
  if (value.is_scalar()) return value.text;
  const Node* const name = value.find("preset");
  if (name == nullptr || !name->is_scalar()) return "";
  const bool changed =
      std::any_of(value.entries.begin(), value.entries.end(), [](const Entry& entry) {
        return entry.key.text != "preset" && entry.key.text != "about";
      });
  return changed ? name->text + ", changed" : name->text;
}

const Node* find_preset(PresetKind kind, const Node& name, Findings& findings) {
  std::vector<std::string_view> known;
  for (const Preset& preset : presets()) {
    if (preset.kind != kind) continue;
    if (preset.name == name.text) return parsed(preset);
    known.push_back(preset.name);
  }
  const std::string near = did_you_mean(name.text, known);
  constexpr std::size_t kShown = 60;
  findings.report(
      name.place,
      fmt::format("no {} preset is called '{}'", name_of(kind), name.text.substr(0, kShown)),
      near.empty() ? fmt::format("there are {}", joined(known)) : near);
  return nullptr;
}

std::optional<PresetKind> preset_kind(const Node& root) {
  const Node* const name = root.find("preset");
  if (name == nullptr) return std::nullopt;
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) {
    const bool of_engines = preset.kind == PresetKind::kEngine || preset.kind == PresetKind::kFlags;
    if (!of_engines) names.push_back(preset.name);
  }
  const auto nearest = suggest(name->text, names);
  for (const Preset& preset : presets()) {
    if (preset.name == nearest) return preset.kind;
  }
  return std::nullopt;
}

Node with_preset(PresetKind kind, const Node& value, Findings& findings) {
  if (value.is_scalar()) {
    const Node* const found = find_preset(kind, value, findings);
    return found == nullptr ? Node{} : *found;
  }
  const Node* const name = value.find("preset");
  if (name == nullptr) return value;
  const Node* const found = name->is_scalar() ? find_preset(kind, *name, findings) : nullptr;
  if (!name->is_scalar()) findings.report(name->place, "'preset' must be the name of a preset");
  if (found == nullptr) return {};
  Node changes = value;
  std::erase_if(changes.entries, [](const Entry& entry) { return entry.key.text == "preset"; });
  report_unknown_removals(kind, changes, findings);
  Node whole = laid_over(kind, *found, changes);
  whole.place = value.place;
  return whole;
}

const Node& laid_under(PresetKind kind, const Node& value, Node& laid, Findings& findings) {
  if (!value.is_scalar() && value.find("preset") == nullptr) return value;
  laid = with_preset(kind, value, findings);
  return laid;
}

}  // namespace wideep
