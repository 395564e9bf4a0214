#pragma once

#include "model/context.h"
#include "model/fabric.h"
#include "model/layer_shape.h"
#include "model/work.h"

namespace wideep {

/// Attention and dense work of a layer from the GPU's data sheet: W weights of projections and
/// shared experts, a activations of a token around them, n times through memory in bf16, and the
/// context of each token, of which context.h says more.
///
///   weight_read       = W s_w / (HBM eta_m)
///   compute_per_token = 2 W / (FLOP rate eta_p) + 2 n a s_bf16 / (HBM eta_m)
///   per_token         = context_time()
///
/// Of the layer that is the mean of all. Where a share of the tokens are of prompts, what is paid
/// by the token is the mean of both. Source: roofline, docs/model.md#attention.
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
