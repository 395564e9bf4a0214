#pragma once

#include <optional>

#include "input/section.h"
#include "model/hardware.h"

namespace wideep {

/// Layers of a model that do not attend to their whole context, as its files count them.
struct AttentionLayers {
  int window = 0;
  int windowed = 0;  ///< layers that attend to a window
  int linear = 0;    ///< layers with a state instead of a cache
  Bytes linear_state;
  int sparse_tokens = 0;
  int index_heads = 0;
  int index_dim = 0;
};

/// What a workload takes from its model; absent where the model does not say.
struct ModelShape {
  std::optional<int> hidden_size{};
  std::optional<int> top_k{};
  std::optional<int> experts{};
  std::optional<int> moe_layers{};
  std::optional<int> dense_layers{};
  std::optional<int> dense_size{};    ///< dense_intermediate_size
  std::optional<int> vocabulary{};    ///< vocab_size
  std::optional<int> draft_layers{};  ///< mtp_layers
  std::optional<int> groups{};
  std::optional<int> groups_per_token{};
  std::optional<int> model_hidden_size{};
  std::optional<int> expert_size{};  ///< moe_intermediate_size
  std::optional<int> expert_matrices{};
  std::optional<int> shared_size{};  ///< shared_intermediate_size
  std::optional<WeightType> weights{};
  std::optional<WeightType> dense_weights{};
  std::optional<Bytes> kv_element{};
  std::optional<MlaShape> mla{};
  std::optional<GqaShape> gqa{};
  AttentionLayers attention_layers{};
  bool faulty = false;  ///< already reported: do not complain of what it lacks
};

/// What `own` says, and what it does not say as `model` says it.
ModelShape merged(const ModelShape& own, const ModelShape& model);

/// Reads the keys of a model shape from any section that may hold them. The keys are those of a
/// preset of kind model, docs/input.md#model.
ModelShape read_shape(Section& section);

/// Reads the value of the key `model`: a preset's name, the path of a Hugging Face config.json
/// (relative to the file that names it), or a map of keys.
ModelShape read_model(const Node& value, Findings& findings);

/// Reads a whole file as a model: a config.json where it has that format's keys, else our own.
ModelShape read_model_root(const Node& root, Findings& findings);

}  // namespace wideep
