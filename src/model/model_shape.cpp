#include "model/model_shape.h"

namespace wideep {
namespace {

AttentionReach reach_of(const ModelShape& shape) {
  const AttentionLayers& counted = shape.attention_layers;
  const double layers = shape.moe_layers.value_or(1) + shape.dense_layers.value_or(0);
  const auto full = counted.full ? std::optional(*counted.full / layers) : std::nullopt;
  return {.full_share = full,
          .window_share = counted.windowed / layers,
          .window = counted.window,
          .window_gqa = counted.window_gqa,
          .linear_share = counted.linear / layers,
          .linear_state = counted.linear_state,
          .linear_weights = counted.linear_weights,
          .sparse_tokens = counted.sparse_tokens,
          .index_heads = counted.index_heads,
          .index_dim = counted.index_dim,
          .cache_ranks = counted.cache_ranks};
}

/// With what its layers are of all.
std::optional<CompressedShape> compressed_of(const ModelShape& shape) {
  std::optional<CompressedShape> kind = shape.compressed;
  if (!kind) return kind;
  const double layers = shape.moe_layers.value_or(1) + shape.dense_layers.value_or(0);
  kind->picked_share = kind->picked_layers / layers;
  kind->pooled_share = kind->pooled_layers / layers;
  return kind;
}

}  // namespace

LayerShape layer_shape(const ModelShape& shape) {
  LayerShape layer;
  layer.hidden_size = shape.hidden_size.value_or(1);
  layer.model_hidden_size = shape.model_hidden_size.value_or(layer.hidden_size);
  layer.expert_size = shape.expert_size.value_or(1);
  layer.expert_matrices = shape.expert_matrices.value_or(layer.expert_matrices);
  layer.shared_size = shape.shared_size.value_or(0);
  layer.mlp_matrices = shape.mlp_matrices.value_or(layer.mlp_matrices);
  layer.weights = shape.weights.value_or(WeightType::kBf16);
  layer.dense_weights = shape.dense_weights.value_or(layer.weights);
  layer.attention_weights = shape.attention_weights;
  layer.mla = shape.mla;
  layer.gqa = shape.gqa;
  layer.compressed = compressed_of(shape);
  layer.reach = reach_of(shape);
  layer.kv_element = shape.kv_element.value_or(layer.kv_element);
  layer.attends_in_fp8 = shape.attends_in_fp8;
  return layer;
}

StackShape stack_shape(const ModelShape& shape) {
  return {.layer = layer_shape(shape),
          .experts = shape.experts.value_or(1),
          .moe_layers = shape.moe_layers.value_or(1),
          .dense_layers = shape.dense_layers.value_or(0),
          .dense_size = shape.dense_size.value_or(0),
          .draft_layers = shape.draft_layers.value_or(0),
          .vocabulary = shape.vocabulary,
          .tied_embeddings = shape.tied_embeddings.value_or(false)};
}

}  // namespace wideep
