#include "search/beyond_tpot.h"

#include <utility>

#include "model/limits.h"
#include "search/tpot_batch.h"

namespace wideep {

SearchResult beyond_tpot(const Problem& problem, Solver solver) {
  Problem unlimited = problem;
  unlimited.workload.slo = {};
  // The shortest layer need not be the shortest wait where a rank's batch depends on the width.
  unlimited.space.objective = kTimePerToken;
  SearchResult found = optimize(unlimited, solver);
  if (!found.optimum) return found;
  SearchResult nearest;
  nearest.excluded = std::move(found.excluded);
  nearest.fastest = found.best_run ? found.best_run : found.optimum;
  const bool by_tpot = !problem.workload.slo.ttft;  // of a prompt larger batches may take less
  if (by_tpot) nearest.within_tpot = largest_within_tpot(problem, solver);
  const Prediction& fastest = *nearest.fastest;
  nearest.reasons.push_back(*step_limit(problem.workload, fastest.config, fastest.step));
  return nearest;
}

}  // namespace wideep
