#include "deploy/known_flags.h"

#include <algorithm>
#include <map>
#include <string>

#include "input/presets.h"

namespace wideep {
namespace {

std::vector<std::string_view> words(const Node* list) {
  std::vector<std::string_view> all;
  if (list == nullptr) return all;
  all.reserve(list->items.size());
  for (const Node& item : list->items) all.emplace_back(item.text);
  return all;
}

KnownFlags read(std::string_view engine) {
  Findings findings;
  const Node name = make_node(Node::Kind::kScalar, {}, std::string(engine) + "-flags");
  const Node* const root = find_preset(PresetKind::kFlags, name, findings);
  findings.throw_if_any();
  KnownFlags known{.flags = words(root->find("flags")), .gone = words(root->find("gone"))};
  std::sort(known.flags.begin(), known.flags.end());
  std::sort(known.gone.begin(), known.gone.end());
  for (const Entry& entry : root->find("values")->entries) {
    known.values.emplace_back(entry.key.text, words(&entry.value));
  }
  return known;
}

}  // namespace

bool KnownFlags::has(std::string_view flag) const {
  return std::binary_search(flags.begin(), flags.end(), flag) ||
         std::binary_search(gone.begin(), gone.end(), flag);
}

std::string_view KnownFlags::begun_by(std::string_view word) const {
  const auto first = std::lower_bound(flags.begin(), flags.end(), word);
  if (first == flags.end() || !first->starts_with(word)) return {};
  const auto second = first + 1;
  const bool alone = second == flags.end() || !second->starts_with(word);
  return alone ? *first : std::string_view{};
}

std::vector<std::string_view> KnownFlags::keys_of(std::string_view section) const {
  std::vector<std::string_view> keys;
  for (const std::string_view flag : flags) {
    const std::size_t dot = flag.rfind('.');
    const bool at_top = dot == std::string_view::npos;
    const std::string_view in = at_top ? std::string_view{} : flag.substr(0, dot);
    if (in == section) keys.push_back(at_top ? flag : flag.substr(dot + 1));
  }
  return keys;
}

const std::vector<std::string_view>* KnownFlags::values_of(std::string_view flag) const {
  for (const auto& [name, words] : values) {
    if (name == flag) return &words;
  }
  return nullptr;
}

const KnownFlags& known_flags(ServingEngine engine) {
  static const std::map<ServingEngine, KnownFlags> all_engines = [] {
    std::map<ServingEngine, KnownFlags> all;
    for (const auto each : {ServingEngine::kVllm, ServingEngine::kSglang, ServingEngine::kTrtllm}) {
      all.emplace(each, read(id_of(each)));
    }
    return all;
  }();
  return all_engines.at(engine);
}

}  // namespace wideep
