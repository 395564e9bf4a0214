#pragma once

#include "input/read_model.h"

namespace wideep {

/// Whether a file has the keys of a Hugging Face config.json rather than ours.
bool is_huggingface(const Node& root);

/// The shape in a Hugging Face config.json, with what a hf_quant_config.json and a
/// model.safetensors.index.json in the same folder say of it. What is there and not understood is
/// among the shape's doubts. docs/input.md#huggingface
ReadShape read_huggingface(const Node& root, Findings& findings);

}  // namespace wideep
