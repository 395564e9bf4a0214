#include "input/node.h"

#include <utility>

namespace wideep {

Node make_node(Node::Kind kind, Place place, std::string text) {
  Node node;
  node.kind = kind;
  node.place = place;
  node.text = std::move(text);
  return node;
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key.is_scalar() && entry.key.text == key) return &entry.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

Node merged(const Node& base, const Node& changes) {
  if (!base.is_map() || !changes.is_map()) return changes;
  Node result = base;
  for (const Entry& change : changes.entries) {
    Node* const present = change.key.is_scalar() ? result.find(change.key.text) : nullptr;
    if (change.value.kind == Node::Kind::kNull) {
      std::erase_if(result.entries,
                    [&](const Entry& entry) { return entry.key.text == change.key.text; });
    } else if (present == nullptr) {
      result.entries.push_back(change);
    } else {
      *present = merged(*present, change.value);
    }
  }
  return result;
}

}  // namespace wideep
