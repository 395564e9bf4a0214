#pragma once

#include "model/layer_shape.h"

namespace wideep {

/// Attention of DeepSeek-V3 with a cache in fp8, as its weights are; without experts.
inline LayerShape deepseek_layer() {
  LayerShape layer;
  layer.hidden_size = layer.model_hidden_size = 7168;
  layer.weights = layer.dense_weights = WeightType::kFp8;
  layer.mla = MlaShape{.heads = 128,
                       .q_lora_rank = 1536,
                       .kv_lora_rank = 512,
                       .rope_dim = 64,
                       .nope_dim = 128,
                       .v_dim = 128};
  layer.kv_element = Bytes(1.0);
  return layer;
}

}  // namespace wideep
