#pragma once

#include "search/optimize.h"

namespace wideep {

/// The answer where nothing meets slo.tpot: no optimum, but the nearest configuration as `fastest`,
/// that with the shortest time between a request's tokens; or what optimize() says where nothing is
/// feasible even without that limit.
SearchResult beyond_tpot(const Problem& problem, Solver solver);

}  // namespace wideep
