#include "model/projections.h"

namespace wideep {
namespace {

/// In hidden sizes: the residual and its norm before the projections; after them what they give,
/// the residual and its norm.
constexpr double kHiddenBefore = 2.0;
constexpr double kHiddenAfter = 3.0;

Projections projections(const GqaShape& gqa, double d) {
  const double queries = 1.0 * gqa.heads * gqa.head_dim;
  const double keys_and_values = 2.0 * gqa.kv_heads * gqa.head_dim;
  return {
      .before = {d * (queries + keys_and_values), kHiddenBefore * d + queries + keys_and_values},
      .after = {d * queries, queries + kHiddenAfter * d}};
}

Projections projections(const MlaShape& mla, double d, Phase phase) {
  const double heads = mla.heads;
  const double queries = heads * (mla.nope_dim + mla.rope_dim);
  const double compressed = mla.kv_lora_rank + mla.rope_dim;
  const double values = heads * mla.v_dim;
  const double query = mla.q_lora_rank > 0 ? (d + queries) * mla.q_lora_rank : d * queries;
  const double keys = heads * mla.kv_lora_rank * mla.nope_dim;
  Projections sides{
      .before = {query + d * compressed + keys,
                 kHiddenBefore * d + 2.0 * mla.q_lora_rank + compressed + queries},
      .after = {heads * mla.kv_lora_rank * mla.v_dim + d * values, values + kHiddenAfter * d}};
  if (phase == Phase::kDecode) {
    sides.before.activations += heads * compressed;       // queries in the latent space
    sides.after.activations += heads * mla.kv_lora_rank;  // what attention gives there
  } else {
    sides.before.activations += queries + values;  // keys and values multiplied out
  }
  return sides;
}

/// What an indexer has beside: queries from the compressed ones, keys and weights of its heads.
double index_weights(double d, double q_lora_rank, const AttentionReach& reach) {
  return q_lora_rank * reach.index_heads * reach.index_dim +
         d * (reach.index_dim + reach.index_heads);
}

/// Keys are values, so that nothing comes of them but the output: each group of heads is brought to
/// its rank, and all to the hidden size. Compressors make two elements of each that they keep, and
/// twice as many where neighbours overlap, as where an indexer picks.
Projections projections(const CompressedShape& kind, double d) {
  constexpr double kMade = 2.0;
  constexpr double kOverlapping = 2.0;
  const double queries = 1.0 * kind.heads * kind.head_dim;
  const double grouped = 1.0 * kind.output_groups * kind.output_rank;
  const double picked = kMade * kOverlapping * d * (kind.head_dim + kind.index_dim) +
                        1.0 * kind.q_lora_rank * kind.index_heads * kind.index_dim +
                        d * kind.index_heads;
  const double pooled = kMade * d * kind.head_dim;
  // Queries and outputs are turned by their positions in a pass of their own.
  constexpr double kPasses = 2.0;
  return {
      .before = {kind.q_lora_rank * (d + queries) + d * kind.head_dim + kind.picked_share * picked +
                     kind.pooled_share * pooled,
                 kHiddenBefore * d + 2.0 * kind.q_lora_rank + kind.head_dim + kPasses * queries},
      .after = {queries * kind.output_rank + grouped * d,
                kPasses * queries + grouped + kHiddenAfter * d}};
}

/// Of a layer that attends to its whole context.
Projections projections(const LayerShape& shape, Phase phase) {
  const double d = shape.model_hidden_size;
  if (shape.compressed) return projections(*shape.compressed, d);
  if (shape.mla) {
    Projections sides = projections(*shape.mla, d, phase);
    if (shape.reach.sparse_tokens > 0) {
      sides.before.weights += index_weights(d, shape.mla->q_lora_rank, shape.reach);
    }
    return sides;
  }
  return shape.gqa ? projections(*shape.gqa, d) : Projections{};
}

/// Nothing says which of a linear layer's come after its state: all count as before, and nothing of
/// its activations but the hidden sizes.
Projections linear_projections(const LayerShape& shape) {
  const double d = shape.model_hidden_size;
  return {.before = {shape.reach.linear_weights, kHiddenBefore * d},
          .after = {0.0, kHiddenAfter * d}};
}

}  // namespace

Projections mean_projections(const LayerShape& shape, Phase phase) {
  const AttentionReach& reach = shape.reach;
  const Projections full = projections(shape, phase);
  const Projections windowed =
      reach.window_gqa ? projections(*reach.window_gqa, shape.model_hidden_size) : full;
  const Projections linear = reach.linear_weights > 0.0 ? linear_projections(shape) : full;
  const auto mean = [&](ProjectionSide Projections::*side, double ProjectionSide::*elements) {
    return reach.full() * (full.*side).*elements + reach.window_share * (windowed.*side).*elements +
           reach.linear_share * (linear.*side).*elements;
  };
  const auto side = [&](ProjectionSide Projections::*which) {
    return ProjectionSide{mean(which, &ProjectionSide::weights),
                          mean(which, &ProjectionSide::activations)};
  };
  return {.before = side(&Projections::before), .after = side(&Projections::after)};
}

}  // namespace wideep
