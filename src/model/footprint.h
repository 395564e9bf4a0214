#pragma once

#include <optional>

#include "model/hardware.h"
#include "model/workload.h"

namespace wideep {

/// A whole model, as far as it takes memory and time outside its MoE layers.
struct StackShape {
  LayerShape layer;
  int experts = 1;        ///< routed, without replicas
  int moe_layers = 1;     ///< those of drafting not counted
  int dense_layers = 0;   ///< without experts
  int dense_size = 0;     ///< intermediate size of their MLP
  int draft_layers = 0;   ///< MoE layers that only draft tokens, loaded where that is done
  int vocabulary = 0;     ///< 0: not known
  Bytes wire_element{1};  ///< of what experts receive
};

/// The weights by type and place, and what sequences and tokens take beside them.
///
///   slot        3 d f s_w N_moe
///   replicated  attention and shared experts in every layer, the MLP of dense ones, gates and
///               latent projections in bf16
///   embeddings  2 D vocabulary, in bf16
///   per_token   the residual stream twice in bf16, and the larger of attention's queries, keys and
///               values and of the widest MLP's three activations
///   per_routed  what an expert receives, gate and up, their product, what it returns
///   logits      vocabulary in 32 bits
///
/// `attending` unset: there is no context, and no cache is known. Source: counting,
/// docs/model.md#memory.
Footprint footprint_of(const StackShape& model, const std::optional<Attending>& attending);

}  // namespace wideep
