#pragma once

#include <optional>

#include "model/weight_type.h"
#include "model/work.h"
#include "units/quantity.h"

namespace wideep {

/// Multi-head latent attention: one compressed key and value a token. Sizes in elements.
struct MlaShape {
  int heads = 1;
  int q_lora_rank = 0;  ///< 0: queries are projected directly
  int kv_lora_rank = 1;
  int rope_dim = 0;
  int nope_dim = 1;
  int v_dim = 1;
};

/// Grouped-query attention, of which multi-head and multi-query are the ends.
struct GqaShape {
  int heads = 1;
  int kv_heads = 1;
  int head_dim = 1;
};

/// Attention over a compressed cache (DeepSeek-V4): one vector a position is key and value of all
/// heads. A layer keeps the last `window` tokens, and beside them an entry for `ratio` tokens each.
struct CompressedShape {
  int heads = 1;
  int head_dim = 1;
  int rope_dim = 0;  ///< of head_dim, kept in bf16
  int q_lora_rank = 1;
  int output_groups = 1;
  int output_rank = 1;  ///< of each group's output
  int window = 1;
  int picked_layers = 0;  ///< in which an indexer picks entries
  int picked_ratio = 1;
  int picked = 1;  ///< entries that it picks
  int index_heads = 1;
  int index_dim = 1;
  int pooled_layers = 0;  ///< that attend to every entry
  int pooled_ratio = 1;
  double picked_share = 0.0;  ///< of all layers; those of neither kind have the window alone
  double pooled_share = 0.0;
};

/// Which layers of a model attend to what, as shares of its layers. Where attention is in layers of
/// its own beside those with experts, the shares may sum to more or less than 1.
struct AttentionReach {
  std::optional<double> full_share{};  ///< attend to their whole context; unset: all the others
  double window_share = 0.0;           ///< attend to the last `window` tokens only
  int window = 1;
  std::optional<GqaShape> window_gqa{};  ///< of those layers; unset: as the others
  double linear_share = 0.0;             ///< keep a state of one size instead of a cache
  Bytes linear_state;                    ///< of a sequence and such a layer
  double linear_weights = 0.0;  ///< elements of such a layer's projections; 0: as attention's
  int sparse_tokens = 0;        ///< positions that an indexer picks for each token; 0: no indexer
  int index_heads = 0;
  int index_dim = 0;
  int cache_ranks = 1;  ///< over which each sequence's cache is cut

  /// The share of layers that attend to their whole context.
  [[nodiscard]] double full() const {
    return full_share.value_or(1.0 - window_share - linear_share);
  }
};

/// What a layer of the model looks like, as far as it costs time. docs/input.md#model
struct LayerShape {
  int hidden_size = 1;        ///< of the routed experts
  int model_hidden_size = 1;  ///< of attention and shared experts; larger with latent experts
  int expert_size = 1;        ///< intermediate size of one routed expert
  int expert_matrices = 3;    ///< of an expert: gate, up and down, or 2 without a gate
  int shared_size = 0;        ///< of all shared experts together; 0: none
  int mlp_matrices = 3;       ///< of shared experts and dense layers: 2 without a gate
  WeightType weights = WeightType::kFp8;          ///< of the routed experts
  WeightType dense_weights = WeightType::kFp8;    ///< of shared experts and the MLP of dense layers
  std::optional<WeightType> attention_weights{};  ///< of projections; unset: dense_weights
  std::optional<MlaShape> mla;
  std::optional<GqaShape> gqa;
  std::optional<CompressedShape> compressed{};
  AttentionReach reach;
  Bytes kv_element{2.0};                 ///< of the KV cache
  std::optional<bool> attends_in_fp8{};  ///< attention proper's arithmetic; unset: by the cache
};

/// Whether the shape says how it attends.
inline bool attends(const LayerShape& shape) {
  return shape.mla || shape.gqa || shape.compressed;
}

/// What attends to a context.
struct Attending {
  Phase phase = Phase::kDecode;
  int context = 1;
  int tokens_per_sequence = 1;  ///< at decode, which share one reading of the cache
  int cached_tokens = 0;        ///< of the context, at prefill; below it
  double prompt_share = 0.0;    ///< of a decode step's tokens, that are of prompts
  int prompt_context = 1;       ///< of these
  int prompt_cached_tokens = 0;

  /// The tokens of prompts alone.
  [[nodiscard]] Attending prompts() const {
    return {
        .phase = Phase::kPrefill, .context = prompt_context, .cached_tokens = prompt_cached_tokens};
  }
};

}  // namespace wideep
