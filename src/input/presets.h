#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "input/diagnostic.h"
#include "input/node.h"

namespace wideep {

enum class PresetKind { kEngine, kFabric, kFlags, kGpu, kKernel, kModel };

/// A node as the build stores it, in front of those below it.
struct StoredNode {
  Node::Kind kind = Node::Kind::kNull;
  bool quoted = false;
  int line = 1;
  int column = 1;
  std::size_t below = 0;  ///< items of a sequence, keys and values of a map
  std::string_view text;
};

/// A file of presets/, built into the program so that it is found from any directory.
struct Preset {
  PresetKind kind = PresetKind::kFabric;
  std::string_view name;              ///< the file's name without its ending
  std::string_view text;              ///< YAML, with the source of each number beside it
  std::span<const StoredNode> nodes;  ///< what parsing it gives, the whole first
};

/// All of them, by kind and name.
std::span<const Preset> presets();

/// "engine", "fabric", "flags", "gpu", "kernel" or "model".
std::string_view name_of(PresetKind kind);

/// What the preset says of itself in its key `about`.
std::string about(const Preset& preset);

/// The name in a value where a preset's name may stand, "NAME, changed" where keys change it; empty
/// where there is none.
std::string preset_name(const Node& value);

/// The values of the preset that a scalar names. Reports an unknown name, with the nearest that
/// exists, and returns null then. The node lives as long as the program.
const Node* find_preset(PresetKind kind, const Node& name, Findings& findings);

/// The kind of the preset that a file of `preset: NAME` starts from, or of the one whose name is
/// nearest; nothing where it has no such key, or none is near.
std::optional<PresetKind> preset_kind(const Node& root);

/// `value` where a preset's name may stand: a name, or a map that may hold `preset: NAME` and
/// changes some of its keys. Where the preset names another one itself (a fabric its GPU and
/// kernels), keys are laid over that one in turn. Returns the whole map, without the key `preset`;
/// a null node where there is no such preset.
Node with_preset(PresetKind kind, const Node& value, Findings& findings);

/// The same without a copy of what names no preset: `value` itself then, else `laid`, which becomes
/// with_preset() of it.
const Node& laid_under(PresetKind kind, const Node& value, Node& laid, Findings& findings);

}  // namespace wideep
