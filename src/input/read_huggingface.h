#pragma once

#include "input/read_model.h"

namespace wideep {

/// Whether a file has the keys of a Hugging Face config.json rather than ours.
bool is_huggingface(const Node& root);

/// The shape in a Hugging Face config.json; its other keys are none of our business. Linear
/// attention is not told apart there: such layers count as full ones. Key names: transformers'
/// DeepseekV3, Qwen3Moe, Mixtral, GptOss, MiniMax and Llama4 configs.
ModelShape read_huggingface(const Node& root, Findings& findings);

}  // namespace wideep
