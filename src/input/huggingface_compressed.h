#pragma once

#include <optional>

#include "input/huggingface_config.h"
#include "model/layer_shape.h"

namespace wideep {

/// DeepSeek-V4's attention: with `compress_ratios`, a ratio for each layer, 0 for the window alone,
/// and grouped projections of the output. Nothing where a config has no such ratios, or others than
/// those whose layers are known: 4, where an indexer picks entries, and 128. Of a list that is
/// longer than the layers the rest is of drafting ones. Faults of its sizes are doubted.
std::optional<CompressedShape> read_compressed_attention(HuggingFaceConfig& config, int heads);

}  // namespace wideep
