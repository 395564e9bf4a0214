#pragma once

#include "search/optimize.h"

namespace wideep {

/// The largest batch whose best configuration meets slo.tpot, found by halving between one request
/// and the batch of `problem`, which must not meet it. A step takes no less for a larger batch, so
/// that nothing between is missed; batches in between are tried all the same. docs/search.md#tpot
TpotBatch largest_within_tpot(const Problem& problem, Solver solver);

}  // namespace wideep
