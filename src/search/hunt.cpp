#include "search/hunt.h"

#include <algorithm>
#include <cmath>

#include "search/enumerate.h"
#include "search/relaxed.h"

namespace wideep {
namespace {

/// What NLopt finds in a cell.
std::optional<Candidate> solved(const Cell& cell, Certificate& certificate) {
  const auto found = solve_cell(cell, certificate.nlopt_evaluations);
  if (!found) return std::nullopt;
  ++certificate.evaluated;
  return candidate_of(found->config, cell.cost.at(found->time));
}

/// A first configuration of each cell of interest: the fewest chunks, and half the batch first.
void seed(const Agenda& agenda, Incumbents& incumbents, Certificate& certificate) {
  for (const std::size_t at : agenda.order) {
    if (agenda.costs[at] > incumbents.cutoff()) break;
    const Cell& cell = agenda.cells[at];
    const int chunks = std::min(chunks_within_limit(cell), cell.max_chunks);
    const double first = has_split(cell) ? std::floor(0.5 * cell.tokens) : fixed_first_tokens(cell);
    const auto time = feasible_time(cell, chunks, first);
    ++certificate.evaluated;
    if (!time) continue;
    const Config config = config_in(cell, chunks, first);
    incumbents.offer(agenda.choices[at], candidate_of(config, cell.cost.at(*time)));
  }
}

/// Offers what NLopt finds in the cells that may hold the optimum, given what is known beside it.
void solve_promising(const Agenda& agenda,
                     Incumbents& known,
                     Incumbents& by_nlopt,
                     Certificate& certificate) {
  for (const std::size_t at : agenda.order) {
    const Cell& cell = agenda.cells[at];
    if (agenda.costs[at] > known.least()) break;
    if (agenda.is_too_slow(at) || cell.cost.at(bound_of_all(cell)) > known.least()) continue;
    const auto found = solved(cell, certificate);
    if (!found) continue;
    known.offer(agenda.choices[at], *found);
    by_nlopt.offer(agenda.choices[at], *found);
  }
}

/// Offers what NLopt finds in every cell of interest.
void solve_all(const Agenda& agenda, Incumbents& by_nlopt, Certificate& certificate) {
  for (const std::size_t at : agenda.order) {
    if (agenda.costs[at] > by_nlopt.cutoff()) break;
    if (agenda.is_too_slow(at)) continue;
    const auto found = solved(agenda.cells[at], certificate);
    if (found) by_nlopt.offer(agenda.choices[at], *found);
  }
}

/// Returns the least bound of the cells that it could only leave to NLopt; kNever where there are
/// none.
Cost enumerate_all(const Agenda& agenda,
                   Solver solver,
                   Incumbents& incumbents,
                   Certificate& certificate) {
  Cost unproved = kNever;
  std::uint64_t enumerated = 0;
  std::uint64_t needed = 0;
  for (const Cell& cell : agenda.cells) needed += evaluations_needed(cell);
  const bool all = solver == Solver::kExhaustive && needed <= kMostEvaluations;
  for (const std::size_t at : agenda.order) {
    const Cell& cell = agenda.cells[at];
    if (!all && agenda.costs[at] > incumbents.cutoff()) break;
    if (agenda.is_too_slow(at)) continue;
    const std::size_t choice = agenda.choices[at];
    if (!is_provable(cell)) {
      unproved = std::min(unproved, agenda.costs[at]);
      if (const auto found = solved(cell, certificate)) incumbents.offer(choice, *found);
      continue;
    }
    const Quest quest{
        .limit = [&] { return incumbents.cutoff(choice); },
        .visit = [&](const Config& config,
                     Cost cost) { incumbents.offer(choice, candidate_of(config, cost)); }};
    enumerated += enumerate(cell, all ? Pruning::kNone : Pruning::kBounds, quest);
  }
  certificate.evaluated += enumerated;
  const bool cut = enumerated < needed;
  certificate.method = cut ? Certificate::Method::kBound : Certificate::Method::kExhaustive;
  return unproved;
}

}  // namespace

Hunt hunt(const Agenda& agenda, Solver solver, double tolerance, Certificate& certificate) {
  const Incumbents none(agenda.choice_count(), tolerance);
  Hunt found{none, none};
  if (solver == Solver::kNlopt) {
    solve_all(agenda, found.by_nlopt, certificate);
    found.incumbents = found.by_nlopt;
  } else if (solver != Solver::kExhaustive) {
    seed(agenda, found.incumbents, certificate);
  }
  if (solver == Solver::kBoth) {
    solve_promising(agenda, found.incumbents, found.by_nlopt, certificate);
  }
  // That nothing is feasible is never NLopt's word alone.
  if (solver != Solver::kNlopt || found.by_nlopt.least() == kNever) {
    found.unproved = enumerate_all(agenda, solver, found.incumbents, certificate);
  }
  return found;
}

}  // namespace wideep
