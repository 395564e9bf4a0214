#include "search/answer.h"

#include "search/agenda_picks.h"
#include "search/optimize.h"

namespace wideep {

Answer answer(const Problem& problem) {
  constexpr Solver kSolver = Solver::kBounds;
  if (problem.workload.traffic.choice) {
    const SearchResult found = optimize(problem, kSolver);
    return {.optimum = found.optimum, .best_run = found.best_run};
  }
  const Agenda agenda = agenda_of(list_cells(problem).cells);
  Certificate unread;
  const Hunt found = hunt(agenda, kSolver, interesting(problem), unread);
  if (found.incumbents.least() == kNever) return {};
  const Picks picks = picks_of(problem, agenda, found, kSolver);
  Answer answer{.optimum = picks.best, .best_run = {}};
  if (is_run(problem, picks)) {
    answer.best_run = picks.best;
  } else if (const auto theirs = picks_of_runs(problem, kSolver)) {
    answer.best_run = theirs->best;
  }
  return answer;
}

std::vector<BrokenLimit> reasons_at(const Problem& problem) {
  return optimize(problem, Solver::kBounds).reasons;
}

}  // namespace wideep
