#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model/problem.h"
#include "search/optimize.h"

namespace wideep {

/// The front of tokens per second and GPU against tokens per second and user, 1 / TPOT.
struct Front {
  std::vector<Prediction> points;    ///< the slowest for a user first; none is worse in both
  std::vector<std::size_t> knees;    ///< where what the one gains in percent the other loses
  std::vector<BrokenLimit> reasons;  ///< why there is none
};

/// The decode problem with its batch left free, whatever it states.
Problem with_free_batch(Problem problem);

/// The front of a decode problem, batch left free, in up to `most` >= 2 points at equal ratios of
/// TPOT from that of the most tokens per GPU to the least there is, slo.tpot where that is less.
/// Each point is proved: the most tokens per GPU at its TPOT or less, of what an engine runs where
/// one is known to run any. A knee is a point whose product of the two is larger than its
/// neighbours'.
Front pareto_front(const Problem& problem, int most);

}  // namespace wideep
