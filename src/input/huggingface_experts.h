#pragma once

#include "input/huggingface_config.h"

namespace wideep {

/// How many experts a layer has, how many a token goes to, and the sizes of routed and shared ones,
/// into `shape`. Doubts what is missing or not known. docs/input.md#huggingface
void read_expert_sizes(HuggingFaceConfig& config, ModelShape& shape);

}  // namespace wideep
