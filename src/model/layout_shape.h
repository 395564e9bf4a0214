#pragma once

#include "model/layout.h"
#include "model/model_shape.h"

namespace wideep {

// What of a model lies on one rank of an attention group. docs/model.md#layouts

/// Its part of the model: heads, shared experts, dense layers, embeddings and output head are cut t
/// ways, and rounded up; of the heads of keys and values each rank keeps one at least, and those of
/// c ranks where it keeps a part of their cache; what queries and the cache are compressed with,
/// indexers and gates are on every rank. Source: Megatron-LM (arXiv 1909.08053) section 3; vLLM's
/// and SGLang's DeepseekV2AttentionMLA.
ModelShape part_of(ModelShape shape, const Attention& attention);

/// Whether the layout can be: t divides the heads of queries, and a cache is only cut along the
/// sequence where nothing is left of its heads to cut.
bool can_lay(const ModelShape& shape, const Attention& attention);

}  // namespace wideep
