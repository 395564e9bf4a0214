#include "model/layout_shape.h"

#include <algorithm>

namespace wideep {
namespace {

constexpr int part(int whole, int ranks) {
  return (whole + ranks - 1) / ranks;
}

void cut(GqaShape& gqa, const Attention& attention) {
  gqa.heads = part(gqa.heads, attention.ranks);
  gqa.kv_heads = part(gqa.kv_heads * attention.cache_ranks, attention.ranks);
}

void cut(std::optional<int>& size, int ranks) {
  if (size) size = part(*size, ranks);
}

/// Heads of keys and values: of latent and compressed attention all heads share one.
int cached_heads(const ModelShape& shape) {
  return shape.gqa ? shape.gqa->kv_heads : 1;
}

int query_heads(const ModelShape& shape) {
  if (shape.mla) return shape.mla->heads;
  if (shape.compressed) return shape.compressed->heads;
  return shape.gqa ? shape.gqa->heads : 1;
}

}  // namespace

ModelShape part_of(ModelShape shape, const Attention& attention) {
  const int ranks = attention.ranks;
  if (shape.mla) shape.mla->heads = part(shape.mla->heads, ranks);
  if (shape.gqa) cut(*shape.gqa, attention);
  if (shape.compressed) {
    shape.compressed->heads = part(shape.compressed->heads, ranks);
    shape.compressed->output_groups = part(shape.compressed->output_groups, ranks);
  }
  AttentionLayers& layers = shape.attention_layers;
  if (layers.window_gqa) cut(*layers.window_gqa, attention);
  layers.linear_state = layers.linear_state / ranks;
  layers.linear_weights /= ranks;
  layers.cache_ranks = attention.cache_ranks;
  for (std::optional<int>* size : {&shape.dense_size, &shape.shared_size, &shape.vocabulary}) {
    cut(*size, ranks);
  }
  return shape;
}

bool can_lay(const ModelShape& shape, const Attention& attention) {
  const auto [ranks, cache] = attention;
  if (query_heads(shape) % ranks != 0) return false;
  const bool plain = !shape.compressed && shape.attention_layers.sparse_tokens == 0 &&
                     shape.attention_layers.linear == 0;
  return cache == 1 || (plain && ranks / cache >= cached_heads(shape));
}

}  // namespace wideep
