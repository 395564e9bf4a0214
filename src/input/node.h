#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/diagnostic.h"

namespace wideep {

struct Entry;

/// A YAML value with the place it was read from. Aliases are expanded, within a limit.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  Place place;
  std::string text;            ///< of a scalar
  std::vector<Node> items;     ///< of a sequence
  std::vector<Entry> entries;  ///< of a map, in file order; keys may repeat
  bool quoted = false;         ///< a scalar in quotes, a text whatever it looks like

  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }

  /// The first value of that key in a map, or null.
  [[nodiscard]] const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

struct Entry {
  Node key;
  Node value;
};

/// The rule of a key that a map has twice, of which Node::find takes the first.
inline constexpr std::string_view kRepeatedKey = "repeated_key";

Node make_node(Node::Kind kind, Place place, std::string text = {});

/// Parses one YAML document, of which JSON is one. Reports what is not YAML, an empty text, a
/// second document, nesting beyond any sensible file, and aliases that expand without bound;
/// returns a null node then. `skip` leading characters are not part of the document (for `--set
/// key=value`). `source` must outlive the node.
Node parse_yaml(const Source& source, Findings& findings, std::size_t skip = 0);

/// `base` with `changes` laid over it: maps key by key, anything else as a whole; a null value
/// takes its key away.
Node merged(const Node& base, const Node& changes);

}  // namespace wideep
