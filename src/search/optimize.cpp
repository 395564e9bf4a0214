#include "search/optimize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/placed.h"
#include "search/agenda.h"
#include "search/batch_bounds.h"
#include "search/batch_search.h"
#include "search/beyond_tpot.h"
#include "search/enumerate.h"
#include "search/hunt.h"
#include "search/incumbents.h"
#include "search/picks.h"

namespace wideep {
namespace {

/// Chunk counts from `chunks` on and first tokens in a range.
struct ChoiceRange {
  int chunks;
  int first_low;
  int first_high;
};

/// Whether no configuration of the cell in that range is preferred to `chosen`, whatever its time.
bool none_preferred(const Cell& cell, const ChoiceRange& range, const Candidate& chosen) {
  const int centre = std::clamp(cell.tokens / 2, range.first_low, range.first_high);
  for (const int first : {centre, std::min(centre + 1, range.first_high)}) {
    const Config nearest = config_in(cell, range.chunks, first);
    if (preferred(candidate_of(nearest, Cost{}), chosen)) return false;
  }
  return true;
}

/// The preferred of all configurations with a cost of at most `limit`, or of those with the EP
/// width, kernel and mode of `choice` alone.
std::optional<Candidate> preferred_within(const Agenda& agenda,
                                          const Incumbents& incumbents,
                                          Cost limit,
                                          const Config* choice = nullptr,
                                          bool only_plain = false) {
  std::optional<Candidate> chosen;
  const auto offer = [&](const Candidate& found) {
    if (!chosen || preferred(found, *chosen)) chosen = found;
  };
  for (std::size_t at = 0; at < agenda.cells.size(); ++at) {
    const Cell& cell = agenda.cells[at];
    if (agenda.costs[at] > limit || (choice != nullptr && !same_choice(cell, *choice))) continue;
    if (only_plain && !is_plain(cell.overlap)) continue;
    const int gpus = cell.ep_width * cell.expert_ranks;
    if (chosen && gpus > chosen->config.gpus()) break;  // cells ascend in them
    if (!is_provable(cell)) {
      const auto& known = incumbents.best()[agenda.choices[at]];
      if (known && known->cost <= limit) offer(*known);
      continue;
    }
    const Quest quest{
        .limit = [&] { return limit; },
        .visit = [&](const Config& config, Cost cost) { offer(candidate_of(config, cost)); },
        .skip =
            [&](int chunks, int low, int high) {
              return chosen && none_preferred(cell, {chunks, low, high}, *chosen);
            }};
    enumerate(cell, Pruning::kBounds, quest);
  }
  return chosen;
}

/// The best with another choice of width, kernel and mode; of equally good ones the preferred.
std::optional<Candidate> best_outside(const Agenda& agenda,
                                      const Incumbents& incumbents,
                                      const Config& choice,
                                      Solver solver) {
  Cost least = kNever;
  for (const auto& known : incumbents.best()) {
    if (known && !same_choice(known->config, choice)) least = std::min(least, known->cost);
  }
  std::optional<Candidate> best;
  for (const auto& known : incumbents.best()) {
    const Cost limit = least * (1.0 + kTie);
    if (!known || same_choice(known->config, choice) || known->cost > limit) continue;
    const auto tied = solver == Solver::kNlopt
                          ? known
                          : preferred_within(agenda, incumbents, limit, &known->config);
    const Candidate& found = tied ? *tied : *known;
    if (!best || preferred(found, *best)) best = found;
  }
  return best;
}

void explain_absence(const Problem& problem, const Agenda& agenda, SearchResult& result) {
  // Where no width was asked for by name, those that never run are no reason while there is
  // another.
  const bool asked = !problem.space.ep_widths.empty();
  std::vector<BrokenLimit> of_widths;
  for (const Excluded& excluded : result.excluded) {
    if (too_large_already(result.excluded, excluded)) continue;
    const bool minor = !asked && is_of_width(excluded.limit.kind);
    (minor ? of_widths : result.reasons).push_back(excluded.limit);
  }
  for (const Cell& cell : agenda.cells) {
    const Config tried = config_in(cell, cell.max_chunks, fixed_first_tokens(cell));
    if (const auto limit = schedule_limit(placed(problem, tried), tried)) {
      result.reasons.push_back(*limit);
    }
  }
  if (result.reasons.empty()) result.reasons = std::move(of_widths);
}

void set_certificate(const Agenda& agenda,
                     const Incumbents& by_nlopt,
                     Cost least,
                     Solver solver,
                     Certificate& certificate) {
  for (const Cell& cell : agenda.cells) certificate.configurations += configurations_in(cell);
  certificate.nlopt_compared = solver == Solver::kBoth;
  const bool solved = certificate.nlopt_evaluations > 0 && by_nlopt.least() != kNever;
  if (certificate.nlopt_compared && solved) {
    certificate.nlopt_excess = std::max(0.0, by_nlopt.least() / least - 1.0);
  }
  if (solver == Solver::kNlopt) {
    certificate.method = Certificate::Method::kBound;
    certificate.evaluated = certificate.nlopt_evaluations;
    const Cost bound = agenda.costs[agenda.order.front()];
    certificate.gap = std::max(0.0, 1.0 - bound / least);
  }
}

/// Something must be feasible.
Picks picks_of(const Problem& problem, const Agenda& agenda, const Hunt& found, Solver solver) {
  const Incumbents& incumbents = found.incumbents;
  return picks_of(problem, incumbents.least(), [&](Cost limit, bool only_plain) {
    const auto within = [&](const Candidate& known) {
      return known.cost <= limit && (!only_plain || is_plain(known.config.overlap));
    };
    return solver == Solver::kNlopt
               ? preferred_of(incumbents.best(), within)
               : preferred_within(agenda, incumbents, limit, nullptr, only_plain);
  });
}

/// The same of what a run of the search space covers; nothing where none of it is feasible.
std::optional<Picks> picks_of_runs(Problem problem, Solver solver) {
  if (problem.space.runs.empty()) return std::nullopt;
  problem.space.only_runs = true;
  const Agenda agenda = agenda_of(list_cells(problem).cells);
  const Solver own = solver == Solver::kBoth ? Solver::kBounds : solver;
  Certificate unread;
  const Hunt found = hunt(agenda, own, interesting(problem), unread);
  if (found.incumbents.least() == kNever) return std::nullopt;
  return picks_of(problem, agenda, found, own);
}

}  // namespace

SearchResult optimize(const Problem& problem, Solver solver) {
  if (problem.workload.traffic.choice) return search_batches(problem, solver);
  SearchResult result;
  CellList list = list_cells(problem);
  result.excluded = std::move(list.excluded);
  const Agenda agenda = agenda_of(std::move(list.cells));
  const Hunt found = hunt(agenda, solver, interesting(problem), result.certificate);
  const Cost least = found.incumbents.least();
  if (least == kNever) {
    if (!has_level(problem.workload)) {
      explain_absence(problem, agenda, result);
      return result;
    }
    return beyond_tpot(problem, solver);
  }
  const Picks picks = picks_of(problem, agenda, found, solver);
  result.optimum = picks.best;
  result.recommended = picks.preferred;
  const auto is_run_too = [&](const Prediction& pick) { return is_run(problem, pick.config); };
  if (problem.space.only_runs || (is_run_too(picks.best) && is_run_too(picks.preferred))) {
    result.best_run = picks.best;
  } else if (const auto theirs = picks_of_runs(problem, solver)) {
    result.best_run = theirs->best;
    result.recommended = theirs->preferred;
  }
  list_within(problem, found.incumbents, picks.near, result);
  if (const auto next = best_outside(agenda, found.incumbents, picks.best.config, solver)) {
    result.runner_up = predict(problem, next->config);
  }
  result.certificate.gap = std::max(0.0, 1.0 - found.unproved / least);
  set_certificate(agenda, found.by_nlopt, least, solver, result.certificate);
  return result;
}

}  // namespace wideep
