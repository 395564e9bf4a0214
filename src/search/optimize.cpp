#include "search/optimize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/placed.h"
#include "search/agenda_picks.h"
#include "search/batch_bounds.h"
#include "search/batch_search.h"
#include "search/beyond_tpot.h"

namespace wideep {
namespace {

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
  if (is_run(problem, picks)) {
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

std::optional<Config> rival_of(const Problem& problem, const SearchResult& result) {
  if (!result.runner_up) return std::nullopt;
  const Config& config = result.runner_up->config;
  return !result.best_run || is_run(problem, config) ? std::optional(config) : std::nullopt;
}

}  // namespace wideep
