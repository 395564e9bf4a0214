#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "input/node.h"

namespace wideep {

// Values of JSON that tools write, by the keys that lead to them.

using NodePath = std::initializer_list<std::string_view>;

/// Null where a key is missing.
const Node* node_at(const Node& root, NodePath path);

/// Empty where there is no scalar.
std::string_view text_at(const Node& root, NodePath path);

/// Nothing where there is no finite number.
std::optional<double> number_at(const Node& root, NodePath path);

/// Of true and false, in quotes too, whatever their case.
std::optional<bool> truth_at(const Node& root, NodePath path);

}  // namespace wideep
