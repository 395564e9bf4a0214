#include "logs/node_values.h"

#include "logs/scan.h"
#include "units/parse_quantity.h"

namespace wideep {

const Node* node_at(const Node& root, NodePath path) {
  const Node* node = &root;
  for (const std::string_view key : path) {
    node = node->find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::string_view text_at(const Node& root, NodePath path) {
  const Node* const node = node_at(root, path);
  return node != nullptr && node->is_scalar() ? std::string_view(node->text) : std::string_view();
}

std::optional<double> number_at(const Node& root, NodePath path) {
  return parse_number(text_at(root, path));
}

std::optional<bool> truth_at(const Node& root, NodePath path) {
  const std::string_view text = text_at(root, path);
  if (equal_without_case(text, "true")) return true;
  if (equal_without_case(text, "false")) return false;
  return std::nullopt;
}

}  // namespace wideep
