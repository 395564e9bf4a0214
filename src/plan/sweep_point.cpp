#include "plan/sweep_point.h"

#include "engines/runs.h"
#include "plan/sweep.h"

namespace wideep {

SweepPoint sweep_point(SweptProblem& at,
                       std::uint64_t point,
                       const SweepRun& run,
                       Problem& problem) {
  const AxisPlaces places = at.places_of(point);
  const Problem* const read = at.at(places);
  if (read == nullptr) refuse(at.refusals().error());
  problem = with_engines(*read);
  SweepPoint found{.values = {}, .problem = &problem, .answer = answer(problem), .thresholds = {}};
  for (std::size_t axis = 0; axis < places.size(); ++axis) {
    found.values.push_back(at.value_text(axis, places[axis]));
  }
  if (run.optimum) found.answer.best_run.reset();
  const Prediction* const used = found.answer.used();
  if (used != nullptr && run.thresholds) {
    found.thresholds = wideep::thresholds(problem, used->config);
  }
  return found;
}

}  // namespace wideep
