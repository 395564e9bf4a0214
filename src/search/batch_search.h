#pragma once

#include "search/optimize.h"

namespace wideep {

/// optimize() where the batch is to be chosen: over every number of requests of an attention group
/// at decode, of tokens at prefill, that the workload's range, memory, kernels and service level
/// leave. The objective is kTokensPerGpu. docs/search.md#batch
///
/// Proved by bounds over stretches of batches. A batch costs no less than a larger one, as far as
/// bounds know, since no part of a step grows faster than its tokens; and where a batch is too
/// slow, so is every larger one.
SearchResult search_batches(const Problem& problem, Solver solver);

}  // namespace wideep
