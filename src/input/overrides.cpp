#include "input/overrides.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/section.h"

namespace wideep {

const std::vector<std::string_view> kModelKeys = {"hidden_size",
                                                  "top_k",
                                                  "experts",
                                                  "moe_layers",
                                                  "dense_layers",
                                                  "dense_intermediate_size",
                                                  "vocab_size",
                                                  "mtp_layers",
                                                  "expert_matrices",
                                                  "groups",
                                                  "groups_per_token",
                                                  "moe_intermediate_size",
                                                  "shared_intermediate_size",
                                                  "model_hidden_size",
                                                  "weight_dtype",
                                                  "mlp_matrices",
                                                  "tied_embeddings",
                                                  "dense_weight_dtype",
                                                  "attention_weight_dtype",
                                                  "kv_dtype",
                                                  "attention"};

namespace {

/// A workload may give the keys of its model too.
std::vector<std::string_view> workload_keys() {
  std::vector<std::string_view> keys = {"model",
                                        "routing",
                                        "redundant_experts",
                                        "dtype",
                                        "dispatch_dtype",
                                        "combine_dtype",
                                        "element_bytes",
                                        "dispatch_element_bytes",
                                        "combine_element_bytes",
                                        "tokens_per_rank",
                                        "global_tokens",
                                        "expert_load",
                                        "straggler_factor",
                                        "comm_straggler_factor",
                                        "expert_time_per_token",
                                        "expert_time",
                                        "attention_time",
                                        "context",
                                        "phase",
                                        "off_domain_fraction",
                                        "other_step_time",
                                        "step_overhead",
                                        "serving_efficiency",
                                        "mtp",
                                        "slo",
                                        "fabric",
                                        "search"};
  keys.insert(keys.end(), kModelKeys.begin(), kModelKeys.end());
  return keys;
}

}  // namespace

const std::vector<std::string_view> kWorkloadKeys = workload_keys();
const std::vector<std::string_view> kFabricKeys = {"preset", "gpus_per_domain", "gpu", "kernels"};
const std::vector<std::string_view> kSearchKeys = {"ep_width",
                                                   "max_gpus",
                                                   "kernel",
                                                   "overlap",
                                                   "max_chunks",
                                                   "split",
                                                   "timing",
                                                   "objective",
                                                   "tolerance"};

namespace {

bool holds(const std::vector<std::string_view>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
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

/// The tree that an override belongs to, and its path there.
std::pair<Node*, std::string_view> target_of(std::string_view path, const InputTrees& trees) {
  constexpr std::string_view kSearchPrefix = "search.";
  const std::string_view first = path.substr(0, path.find('.'));
  if (trees.search != nullptr && path.starts_with(kSearchPrefix)) {
    return {trees.search, path.substr(kSearchPrefix.size())};
  }
  constexpr std::string_view kFabricPrefix = "fabric.";  // as it is spelt inside a workload
  if (path.starts_with(kFabricPrefix)) return {trees.fabric, path.substr(kFabricPrefix.size())};
  if (holds(kFabricKeys, first)) return {trees.fabric, path};
  if (holds(kWorkloadKeys, first)) return {trees.workload, path};
  return {nullptr, path};
}

}  // namespace

void apply_overrides(const std::vector<std::string>& arguments,
                     const InputTrees& trees,
                     std::deque<Source>& sources,
                     Findings& findings) {
  for (const std::string& argument : arguments) {
    const Source& source = sources.emplace_back(Source{"--set", argument});
    const Place place{&source, 1, 1};
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      findings.report(place, "write --set key.path=value");
      continue;
    }
    const std::string_view path = std::string_view(source.text).substr(0, equals);
    if (path == "fabric") {
      findings.report(place,
                      "the fabric itself cannot be set",
                      "give --fabric, or set its keys, such as gpu=h200-sxm");
      continue;
    }
    const auto [tree, rest] = target_of(path, trees);
    if (tree != nullptr) {
      const bool removed = argument.substr(equals + 1) == "null";
      const Node value =
          removed ? make_node(Node::Kind::kNull, place) : parse_yaml(source, findings, equals + 1);
      if (!removed && value.kind == Node::Kind::kNull) continue;
      // A file that could not be read has been reported; a lone override would only add noise.
      if (tree->kind != Node::Kind::kNull) set(*tree, "", rest, value, {});
      continue;
    }
    std::vector<std::string_view> known = kWorkloadKeys;
    known.insert(known.end(), kFabricKeys.begin(), kFabricKeys.end());
    const std::string_view first = path.substr(0, path.find('.'));
    const std::string help = holds(kSearchKeys, first) ? fmt::format("write search.{}", path)
                                                       : did_you_mean(first, known);
    findings.report(place, fmt::format("no input file has a key '{}'", first), help);
  }
}

}  // namespace wideep
