#include "search/agenda_picks.h"

#include <algorithm>
#include <utility>

#include "search/enumerate.h"

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

}  // namespace

std::optional<Candidate> preferred_within(const Agenda& agenda,
                                          const Incumbents& incumbents,
                                          Cost limit,
                                          const Config* choice,
                                          bool only_plain) {
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

bool is_run(const Problem& problem, const Picks& picks) {
  return problem.space.only_runs ||
         (is_run(problem, picks.best.config) && is_run(problem, picks.preferred.config));
}

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

}  // namespace wideep
