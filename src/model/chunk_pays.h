#pragma once

#include "model/layer_costs.h"
#include "model/problem.h"
#include "model/threshold.h"

namespace wideep {

/// Into which chunks cutting the batch pays.
struct ChunkPays {
  /// The smallest chunk, in bytes of dispatch, with which chunks still beat no overlap.
  Threshold<Bytes> from;
  int most = 0;  ///< chunks of that size; meaningful where `from` has a value
  /// The chunk with which they are fastest, the largest of equally fast ones.
  Threshold<Bytes> best;
  int best_count = 0;
};

/// Looks at every chunk count from 2 to the smaller of max_chunks and the batch whose chunks the
/// kernel takes in one transfer, against no overlap with the same SMs: V/m and T/m of m chunks.
/// `costs` are those of the configuration. docs/model.md#thresholds
ChunkPays chunk_pays(const Problem& problem, const Config& config, const LayerCosts& costs);

}  // namespace wideep
