#pragma once

#include "model/fabric.h"
#include "model/layer_shape.h"
#include "units/quantity.h"

namespace wideep {

// What a token's context costs in attention proper, in time and memory. docs/model.md#attention

/// Whether a cached element takes no more than a byte.
bool has_fp8_cache(const LayerShape& shape);

/// The figures of attention proper that hold for the shape's kind of attention.
const ContextFigures& context_figures(const LayerShape& shape, const Gpu& gpu, Phase phase);

/// Share of HBM bandwidth at which caches are read.
double cache_efficiency(const LayerShape& shape, const Gpu& gpu, Phase phase);

/// The share of layers with an indexer.
double indexed_share(const LayerShape& shape);

/// Whether attention proper computes in fp8: as the shape states, else where the cache is in fp8
/// and the GPU has a figure for it, of that kind where positions are picked or compressed: not
/// every kernel keeps those in fp8. Sources: docs/model.md#attention.
bool attends_in_fp8(const LayerShape& shape, const Gpu& gpu, Phase phase);

/// Bytes that a sequence of `context` tokens keeps in one layer, the mean of all layers.
Bytes cached_bytes(const LayerShape& shape, double context);

/// What attention proper takes of a token for its context, in the layer that is the mean of all:
///
///   decode   max( positions kv / (HBM eta_k), positions flop / (rate eta_c) )
///   prefill  positions flop / (rate eta_c)
///
/// with positions, kv and flop by the kind of each layer. Source: roofline.
Seconds context_time(const LayerShape& shape, const Gpu& gpu, const Attending& attending);

}  // namespace wideep
