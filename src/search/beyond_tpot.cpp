#include "search/beyond_tpot.h"

#include <utility>

#include "model/step.h"
#include "search/tpot_batch.h"

namespace wideep {

SearchResult beyond_tpot(const Problem& problem, Solver solver) {
  Problem unlimited = problem;
  unlimited.workload.slo.tpot.reset();
  // The shortest layer need not be the shortest wait where a rank's batch depends on the width.
  unlimited.space.objective = kTimePerToken;
  SearchResult found = optimize(unlimited, solver);
  if (!found.optimum) return found;
  SearchResult nearest;
  nearest.excluded = std::move(found.excluded);
  nearest.fastest = found.optimum;
  nearest.within_tpot = largest_within_tpot(problem, solver);
  BrokenLimit limit = *step_limit(problem.workload, nearest.fastest->step.tpot);
  limit.fix = text_of(problem, *nearest.within_tpot);
  nearest.reasons.push_back(std::move(limit));
  return nearest;
}

}  // namespace wideep
