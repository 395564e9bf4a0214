#pragma once

#include "input/huggingface_layers.h"

namespace wideep {

/// Heads, caches, windows, states and indexers of the layers, into `shape`. Nothing where the file
/// has no heads. Doubts kinds of attention that the model has no formulas for.
void read_attention_sizes(HuggingFaceConfig& config,
                          const std::vector<HuggingFaceLayer>& layers,
                          ModelShape& shape);

/// The state that a sequence keeps in each linear layer, and the weights of its projections.
void read_linear_layers(HuggingFaceConfig& config, const ModelShape& shape, AttentionLayers& into);

}  // namespace wideep
