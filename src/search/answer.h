#pragma once

#include <optional>
#include <vector>

#include "model/limit.h"
#include "model/prediction.h"
#include "model/problem.h"

namespace wideep {

/// What optimize() answers with, and nothing else of what it says.
struct Answer {
  std::optional<Prediction> optimum;   ///< unset: nothing is feasible
  std::optional<Prediction> best_run;  ///< the fastest that a run of the search space covers

  /// What to use: the fastest that an engine runs, else the optimum; null where nothing is
  /// feasible.
  [[nodiscard]] const Prediction* used() const {
    return best_run ? &*best_run : optimum ? &*optimum : nullptr;
  }
};

/// The optimum and the best run as optimize() finds them, proved by bounds, in a fraction of the
/// time.
Answer answer(const Problem& problem);

/// Why nothing is feasible where answer() has found nothing: the limits that stand in the way, one
/// of them perhaps often; of slo.tpot alone that of the nearest configuration.
std::vector<BrokenLimit> reasons_at(const Problem& problem);

}  // namespace wideep
