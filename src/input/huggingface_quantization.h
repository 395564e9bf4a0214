#pragma once

#include <optional>

#include "input/huggingface_layers.h"

namespace wideep {

/// What the weights of a config.json are stored in, into `shape`: its own quantization_config, or
/// `beside`, the root of a hf_quant_config.json in the same folder where there is one; bf16 where
/// neither says anything. Weights that a list leaves out stay in bf16. Doubts methods, sizes and
/// names that are not known. docs/input.md#huggingface
void read_quantization(HuggingFaceConfig& config,
                       const Node* beside,
                       const std::vector<HuggingFaceLayer>& layers,
                       ModelShape& shape);

}  // namespace wideep
