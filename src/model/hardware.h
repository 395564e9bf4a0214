#pragma once

#include "model/fabric.h"
#include "model/layer_shape.h"
#include "model/work.h"

namespace wideep {

/// Multiplied and added once for each token and weight.
inline constexpr Flop kPerWeight{2.0};

/// The experts of a layer from the GPU's data sheet, each with three matrices d x f (or two):
///
///   w = max( 3 d f s_w / (HBM eta_m),  tile c1 ),  c1 = 6 d f / (FLOP rate eta_f)
///   c0 = padding c1,  a = launch
///
/// At prefill with the GPU's own launch and efficiency for it, where it has them, and without
/// padding. Needs the GPU to have a rate for the weights; 4-bit weights run at its bf16 rate where
/// it has no 4-bit one, and MXFP4 at the fp8 rate, beside activations in FP8 (DeepGEMM). Source:
/// roofline, docs/model.md#hardware.
ExpertFigures expert_figures(const LayerShape& shape, const Gpu& gpu, Phase phase = Phase::kDecode);

/// What reads `weights`, elements of a type, once and multiplies each token by them:
///
///   weight_read = W s_w / (HBM eta_m),  compute_per_token = 2 W / (FLOP rate eta_p)
///
/// with the launch of a layer in the phase. Source: roofline, docs/model.md#hardware.
DenseWork weights_work(double weights, WeightType type, const Gpu& gpu, Phase phase);

/// The output head in bf16: `vocabulary` columns of model_hidden_size, for every token at decode,
/// for the last one of each prompt at prefill.
DenseWork head_work(int hidden, int vocabulary, const Gpu& gpu, const Attending& attending);

/// At which memory is read.
BytesPerSecond read_rate(const Gpu& gpu);

/// Of the phase.
const DenseFigures& dense_figures(const Gpu& gpu, Phase phase);

}  // namespace wideep
