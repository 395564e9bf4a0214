#pragma once

#include <optional>

#include "model/layer_shape.h"
#include "model/work.h"

namespace wideep {

/// A whole model, as far as it takes memory and time outside its MoE layers.
struct StackShape {
  LayerShape layer;
  int experts = 1;       ///< routed, without replicas
  int moe_layers = 1;    ///< those of drafting not counted
  int dense_layers = 0;  ///< without experts
  int dense_size = 0;    ///< intermediate size of their MLP
  int draft_layers = 0;  ///< MoE layers that only draft tokens, loaded where that is done
  std::optional<int> vocabulary = {};
  bool tied_embeddings = false;  ///< the output head is the embeddings once more
  Bytes wire_element{1};         ///< of what experts receive
};

/// Weights of a whole model by what they are of, in elements.
struct WeightCount {
  double experts = 0.0;     ///< routed, of all layers
  double attention = 0.0;   ///< projections
  double mlp = 0.0;         ///< of shared experts and of dense layers
  double routing = 0.0;     ///< gates and latent projections
  double embeddings = 0.0;  ///< token embeddings and output head

  [[nodiscard]] double total() const { return experts + attention + mlp + routing + embeddings; }
};

/// 3 d f E N_moe (or two), attention and shared experts in every layer, the MLP of dense ones, D E
/// of each gate, 2 D vocabulary (once where they are tied). Norms, biases and convolutions are left
/// out: below 0.1 %. Drafting layers count as MoE layers. docs/model.md#memory
WeightCount weights_of(const StackShape& model);

/// The same in the types that they are stored in, gates and embeddings in bf16.
Bytes stored_bytes(const StackShape& model);

/// The weights by type and place, and what sequences and tokens take beside them.
///
///   slot        3 d f s_w N_moe
///   replicated  attention and shared experts in every layer, the MLP of dense ones, gates and
///               latent projections in bf16
///   embeddings  2 D vocabulary in bf16, or once where head and embeddings are tied
///   per_token   the residual stream twice in bf16, and the larger of attention's queries, keys and
///               values and of the widest MLP's three activations
///   per_routed  what an expert receives, gate and up, their product, what it returns
///   logits      vocabulary in 32 bits
///
/// `attending` unset: there is no context, and no cache is known. Source: counting,
/// docs/model.md#memory.
Footprint footprint_of(const StackShape& model, const std::optional<Attending>& attending);

}  // namespace wideep
