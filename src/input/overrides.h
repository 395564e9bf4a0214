#pragma once

#include <deque>
#include <string>
#include <vector>

#include "input/node.h"

namespace wideep {

/// The trees that `--set key.path=value` may change.
struct InputTrees {
  Node* workload = nullptr;
  Node* fabric = nullptr;
  Node* search = nullptr;  ///< a search file of its own, where one is given
};

/// Lays each `key.path=value` over the tree whose file has that key; missing maps on the way are
/// made, and a preset's name there becomes a map that starts from the preset; `key=null` removes
/// the key. Reports an argument without "=", a value that is not YAML, and a first key that no file
/// has. `sources` keeps the arguments' texts for messages.
void apply_overrides(const std::vector<std::string>& arguments,
                     const InputTrees& trees,
                     std::deque<Source>& sources,
                     Findings& findings);

/// The keys at the top of each kind of file, which tell one kind from another.
extern const std::vector<std::string_view> kModelKeys;
extern const std::vector<std::string_view> kWorkloadKeys;
extern const std::vector<std::string_view> kFabricKeys;
extern const std::vector<std::string_view> kSearchKeys;

}  // namespace wideep
