#include "search/optimize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/agenda.h"
#include "search/beyond_tpot.h"
#include "search/enumerate.h"
#include "search/incumbents.h"
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
                                          const Config* choice = nullptr) {
  std::optional<Candidate> chosen;
  const auto offer = [&](const Candidate& found) {
    if (!chosen || preferred(found, *chosen)) chosen = found;
  };
  for (std::size_t at = 0; at < agenda.cells.size(); ++at) {
    const Cell& cell = agenda.cells[at];
    if (agenda.costs[at] > limit || (choice != nullptr && !same_choice(cell, *choice))) continue;
    if (chosen && cell.ep_width > chosen->config.ep_width) break;  // cells ascend in width
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

void list_within(const Problem& problem,
                 const Incumbents& incumbents,
                 Cost limit,
                 SearchResult& result) {
  std::vector<Candidate> near;
  for (const auto& known : incumbents.best()) {
    if (known && known->cost <= limit) near.push_back(*known);
  }
  if (near.size() > kMostWithinTolerance) {
    std::stable_sort(near.begin(), near.end(), [](const Candidate& a, const Candidate& b) {
      return a.cost < b.cost;
    });
    result.more_within_tolerance = near.size() - kMostWithinTolerance;
    near.resize(kMostWithinTolerance);
  }
  std::vector<Prediction>& list = result.within_tolerance;
  bool listed = false;
  for (const Candidate& known : near) {
    // Of equally fast ones of its choice the optimum is the preferred one, and stands for it here.
    const bool optimal = same_choice(known.config, result.optimum->config);
    list.push_back(optimal ? *result.optimum : predict(problem, known.config));
    listed = listed || list.back().config == result.recommended->config;
  }
  if (!listed) {
    list.push_back(*result.recommended);
    if (result.more_within_tolerance > 0) --result.more_within_tolerance;
  }
  const auto faster = [](const Prediction& a, const Prediction& b) { return a.layer < b.layer; };
  std::stable_sort(list.begin(), list.end(), faster);
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
    if (const auto limit = schedule_limit(problem, tried)) result.reasons.push_back(*limit);
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
  SearchResult result;
  CellList list = list_cells(problem);
  result.excluded = std::move(list.excluded);
  const Agenda agenda = agenda_of(std::move(list.cells));
  const double tolerance = problem.space.tolerance;

  Incumbents by_nlopt(agenda.choice_count(), tolerance);
  Incumbents incumbents = by_nlopt;
  if (solver == Solver::kNlopt) {
    solve_all(agenda, by_nlopt, result.certificate);
    incumbents = by_nlopt;
  } else if (solver != Solver::kExhaustive) {
    seed(agenda, incumbents, result.certificate);
  }
  if (solver == Solver::kBoth) solve_promising(agenda, incumbents, by_nlopt, result.certificate);
  Cost unproved = kNever;
  // That nothing is feasible is never NLopt's word alone.
  if (solver != Solver::kNlopt || by_nlopt.least() == kNever) {
    unproved = enumerate_all(agenda, solver, incumbents, result.certificate);
  }

  const Cost least = incumbents.least();
  if (least == kNever) {
    if (!problem.workload.slo.tpot) {
      explain_absence(problem, agenda, result);
      return result;
    }
    return beyond_tpot(problem, solver);
  }
  const auto choose = [&](Cost limit) {
    const auto within = [&](const Candidate& known) { return known.cost <= limit; };
    const auto chosen = solver == Solver::kNlopt ? preferred_of(incumbents.best(), within)
                                                 : preferred_within(agenda, incumbents, limit);
    return predict(problem, chosen.value().config);
  };
  const Prediction optimum = choose(least * (1.0 + kTie));
  const CostLine line = problem.space.objective.line(problem.workload, optimum.config);
  const Cost near = std::max(line.at(optimum.layer), least * (1.0 + std::max(tolerance, kTie)));
  result.optimum = optimum;
  result.recommended = choose(near);
  list_within(problem, incumbents, near, result);
  if (const auto next = best_outside(agenda, incumbents, optimum.config, solver)) {
    result.runner_up = predict(problem, next->config);
  }
  result.certificate.gap = std::max(0.0, 1.0 - unproved / least);
  set_certificate(agenda, by_nlopt, least, solver, result.certificate);
  return result;
}

}  // namespace wideep
