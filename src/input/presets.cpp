#include "input/presets.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "input/section.h"

namespace wideep {
namespace {

struct ParsedPreset {
  Source source;
  Node node;
};

const Node* parsed(const Preset& preset, Findings& findings) {
  static std::map<const Preset*, ParsedPreset> cache;
  const auto [entry, is_new] = cache.try_emplace(&preset);
  ParsedPreset& kept = entry->second;
  if (is_new) {
    kept.source = {fmt::format("preset {}", preset.name), std::string(preset.text)};
    kept.node = parse_yaml(kept.source, findings);
  }
  return &kept.node;
}

}  // namespace

std::string_view name_of(PresetKind kind) {
  switch (kind) {
    case PresetKind::kFabric:
      return "fabric";
    case PresetKind::kGpu:
      return "gpu";
    case PresetKind::kKernel:
      return "kernel";
    case PresetKind::kModel:
      break;
  }
  return "model";
}

std::string about(const Preset& preset) {
  Findings findings;
  const Node* const node = parsed(preset, findings);
  const Node* const text = node->find("about");
  return text == nullptr ? "" : text->text;
}

std::string preset_name(const Node& value) {
  if (value.is_scalar()) return value.text;
  const Node* const name = value.find("preset");
  return name == nullptr || !name->is_scalar() ? "" : name->text + ", changed";
}

const Node* find_preset(PresetKind kind, const Node& name, Findings& findings) {
  std::vector<std::string_view> known;
  for (const Preset& preset : presets()) {
    if (preset.kind != kind) continue;
    if (preset.name == name.text) return parsed(preset, findings);
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
  Node whole = merged(*found, changes);
  whole.place = value.place;
  return whole;
}

}  // namespace wideep
