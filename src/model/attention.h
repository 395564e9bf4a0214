#pragma once

#include "model/context.h"
#include "model/fabric.h"
#include "model/layer_shape.h"
#include "model/work.h"

namespace wideep {

/// Attention and dense work of a layer from the GPU's data sheet: W weights of projections and
/// shared experts, and for each token the KV cache and arithmetic of its context.
///
///   weight_read = W s_w / (HBM eta_m),  compute_per_token = 2 W / (FLOP rate eta_p)
///   decode      per_token = max( context kv / (HBM eta_m), context flop / (bf16 rate eta_c) )
///   prefill     per_token = context/2 flop / (bf16 rate eta_c)
///
/// with kv and flop per position: MLA (r_kv + r_rope) s_kv and 2 h (2 r_kv + r_rope), GQA
/// 2 h_kv d_h s_kv and 4 h d_h. Prefill of MLA multiplies keys out: 2 h (nope + rope + v). Windows,
/// linear attention and indexers as docs/model.md#attention says. A layer that is the mean of all.
/// Source: roofline, docs/model.md#hardware.
DenseParts dense_work(const LayerShape& shape, const Gpu& gpu, const Attending& attending);

/// The same with a gated MLP of `intermediate` in place of the shared experts: of a dense layer.
DenseParts dense_work(const LayerShape& shape,
                      int intermediate,
                      const Gpu& gpu,
                      const Attending& attending);

/// Weights of the projections of attention, in elements, the mean of all layers; 0 where no
/// attention is given.
double attention_weights(const LayerShape& shape);

}  // namespace wideep
