#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input/expected_size.h"
#include "input/section.h"
#include "model/hardware.h"

namespace wideep {

/// Layers of a model that do not attend to their whole context, as its files count them.
struct AttentionLayers {
  int window = 0;
  int windowed = 0;                      ///< layers that attend to a window
  std::optional<GqaShape> window_gqa{};  ///< their heads, where they have others
  std::optional<int> full{};             ///< that attend to everything; unset: all others
  int linear = 0;                        ///< layers with a state instead of a cache
  Bytes linear_state;
  double linear_weights = 0.0;  ///< elements of their projections; 0: as attention's
  int sparse_tokens = 0;
  int index_heads = 0;
  int index_dim = 0;
};

/// Something in a model's file that is not understood. A workload that states one of the keys does
/// without it; else it is an error.
struct Doubt {
  Place where;
  std::string message;
  std::vector<std::string_view> settled_by;
};

/// What a workload takes from its model; absent where the model does not say.
struct ModelShape {
  std::optional<int> hidden_size{};
  std::optional<int> top_k{};
  std::optional<int> experts{};
  std::optional<int> moe_layers{};
  std::optional<int> dense_layers{};
  std::optional<int> dense_size{};  ///< dense_intermediate_size
  std::optional<int> layers{};      ///< of all kinds, where they are more than these two
  std::optional<int> vocabulary{};  ///< vocab_size
  std::optional<bool> tied_embeddings{};
  std::optional<int> draft_layers{};  ///< mtp_layers
  std::optional<int> groups{};
  std::optional<int> groups_per_token{};
  std::optional<int> model_hidden_size{};
  std::optional<int> expert_size{};  ///< moe_intermediate_size
  std::optional<int> expert_matrices{};
  std::optional<int> shared_size{};   ///< shared_intermediate_size
  std::optional<int> mlp_matrices{};  ///< of shared experts and dense layers
  std::optional<WeightType> weights{};
  std::optional<WeightType> dense_weights{};
  std::optional<WeightType> attention_weights{};
  std::optional<Bytes> kv_element{};
  std::optional<MlaShape> mla{};
  std::optional<GqaShape> gqa{};
  AttentionLayers attention_layers{};
  std::optional<ExpectedSize> expected{};
  std::vector<Doubt> doubts{};
  std::vector<std::string> notes{};  ///< what was read only nearly
  bool faulty = false;               ///< already reported: do not complain of what it lacks
};

/// What `own` says, and what it does not say as `model` says it.
ModelShape merged(const ModelShape& own, const ModelShape& model);

/// Reports what is in doubt, but for what `settled` says of a key that it is stated.
template <class Settled>
bool report_doubts(const ModelShape& shape, Settled settled, Findings& findings) {
  bool any = false;
  for (const Doubt& doubt : shape.doubts) {
    const auto& keys = doubt.settled_by;
    if (std::any_of(keys.begin(), keys.end(), settled)) continue;
    findings.report(
        doubt.where, doubt.message, keys.empty() ? "" : "state in the workload: " + joined(keys));
    any = true;
  }
  return any;
}

/// Reads the keys of a model shape from any section that may hold them. The keys are those of a
/// preset of kind model, docs/input.md#model.
ModelShape read_shape(Section& section);

/// Reads the value of the key `model`: a preset's name, the path of a Hugging Face config.json
/// (relative to the file that names it), or a map of keys.
ModelShape read_model(const Node& value, Findings& findings);

/// Reads a whole file as a model: a config.json where it has that format's keys, else our own.
ModelShape read_model_root(const Node& root, Findings& findings);

}  // namespace wideep
