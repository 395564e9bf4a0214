#include "model/footprint.h"

#include <algorithm>

#include "model/attention.h"

namespace wideep {
namespace {

/// Activations, gates, embeddings and the output head are kept in bf16, logits in 32 bits.
/// Source: DeepSeek-V3 (arXiv 2412.19437) section 3.3.1; vLLM and SGLang take logits in float32.
constexpr Bytes kBf16{2.0};
constexpr Bytes kFloat32{4.0};

/// Elements that attention holds of a token: queries, keys, values and its output.
double attention_elements(const LayerShape& layer, Phase phase) {
  if (layer.mla) {
    const MlaShape& mla = *layer.mla;
    const double expanded = 2.0 * (mla.nope_dim + mla.rope_dim) + 2.0 * mla.v_dim;
    const double latent = 2.0 * mla.kv_lora_rank + mla.rope_dim;
    return mla.heads * (phase == Phase::kPrefill ? expanded : latent);
  }
  if (layer.compressed) return 2.0 * layer.compressed->heads * layer.compressed->head_dim;
  if (!layer.gqa) return 0.0;
  const GqaShape& gqa = *layer.gqa;
  return (2.0 * gqa.heads + 2.0 * gqa.kv_heads) * gqa.head_dim;
}

/// Gate, and the projections to and from narrower experts.
double routing_weights(const StackShape& model) {
  const double d = model.layer.hidden_size;
  const double wide = model.layer.model_hidden_size;
  const double latent = d == wide ? 0.0 : 2.0 * wide * d;
  return wide * model.experts + latent;
}

/// Of what every rank holds but embeddings: gates and latent projections are kept in bf16.
Bytes replicated_bytes(const LayerShape& layer, const WeightCount& count) {
  return count.attention * bytes_of(layer.attention_weights.value_or(layer.dense_weights)) +
         count.mlp * bytes_of(layer.dense_weights) + count.routing * kBf16;
}

}  // namespace

WeightCount weights_of(const StackShape& model) {
  const LayerShape& layer = model.layer;
  const double wide = layer.model_hidden_size;
  const double moe = model.moe_layers + model.draft_layers;
  const double expert = 1.0 * layer.expert_matrices * layer.hidden_size * layer.expert_size;
  return {.experts = expert * model.experts * moe,
          .attention = (moe + model.dense_layers) * attention_weights(layer),
          .mlp = layer.mlp_matrices * wide *
                 (moe * layer.shared_size + 1.0 * model.dense_layers * model.dense_size),
          .routing = moe * routing_weights(model),
          .embeddings = (model.tied_embeddings ? 1.0 : 2.0) * wide * model.vocabulary.value_or(0)};
}

Bytes stored_bytes(const StackShape& model) {
  const WeightCount count = weights_of(model);
  return count.experts * bytes_of(model.layer.weights) + replicated_bytes(model.layer, count) +
         count.embeddings * kBf16;
}

Footprint footprint_of(const StackShape& model, const std::optional<Attending>& attending) {
  const LayerShape& layer = model.layer;
  const double d = layer.hidden_size;
  const double wide = layer.model_hidden_size;
  const double f = layer.expert_size;
  const double layers = model.moe_layers + model.draft_layers + model.dense_layers;
  const double widest = std::max(layer.shared_size, model.dense_size);
  const Phase phase = attending ? attending->phase : Phase::kDecode;
  const WeightCount count = weights_of(model);

  Footprint footprint;
  footprint.slot = count.experts / model.experts * bytes_of(layer.weights);
  footprint.replicated = replicated_bytes(layer, count);
  footprint.embeddings = count.embeddings * kBf16;
  if (attending && attends(layer)) {
    footprint.sequence = layers * cached_bytes(layer, attending->context);
  }
  footprint.per_token =
      2.0 * wide * kBf16 +
      std::max(attention_elements(layer, phase), layer.mlp_matrices * widest) * kBf16;
  footprint.per_routed = (d + f) * model.wire_element + (2.0 * f + d) * kBf16;
  footprint.cache_element = layer.kv_element;
  footprint.draft_layers = model.draft_layers;
  footprint.logits = 1.0 * model.vocabulary.value_or(0) * kFloat32;
  return footprint;
}

}  // namespace wideep
