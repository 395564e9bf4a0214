#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/footprint.h"
#include "model/layer_shape.h"
#include "units/quantity.h"

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
  int cache_ranks = 1;  ///< over which each sequence's cache is cut
};

/// How large others say that a model is, as a check on what was read of it.
struct ExpectedSize {
  std::optional<double> parameters = {};
  std::optional<Bytes> bytes = {};  ///< of all weights as they are stored
  std::string source = {};          ///< who says so, in words
  double tolerance = 0.0;           ///< a larger relative difference is worth a warning
};

/// A model as its files tell it; absent is what they do not say. docs/input.md#model
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
  std::optional<bool> attends_in_fp8{};  ///< attention_dtype
  std::optional<MlaShape> mla{};
  std::optional<GqaShape> gqa{};
  std::optional<CompressedShape> compressed{};  ///< with its layers counted, no shares
  AttentionLayers attention_layers{};
  std::optional<ExpectedSize> expected{};
  std::vector<std::string> notes{};  ///< what was read only nearly
};

/// Whether its files say how it attends.
inline bool attends(const ModelShape& shape) {
  return shape.mla || shape.gqa || shape.compressed;
}

/// What the formulas of hardware.h see of a model, with what it does not say at its default.
LayerShape layer_shape(const ModelShape& shape);

/// The same of footprint.h, drafting layers included. docs/model.md#memory
StackShape stack_shape(const ModelShape& shape);

}  // namespace wideep
