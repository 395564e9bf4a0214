#include "search/batch_search.h"

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>

#include "model/placed.h"
#include "model/what_fits.h"
#include "search/agenda.h"
#include "search/batch_absence.h"
#include "search/batch_bounds.h"
#include "search/batch_relaxed.h"
#include "search/enumerate.h"
#include "search/open_cells.h"
#include "search/picks.h"

namespace wideep {
namespace {

/// Which limits the upper end of a stretch is known to keep, in the order in which they are looked
/// at: the cheap ones first.
enum class Known { kNothing, kFits, kUneven, kSteps };

/// Batches of an open cell that may hold its best one.
struct Stretch {
  std::size_t cell = 0;
  BatchSpan span;
  Cost bound = {};
  Known known = Known::kNothing;

  /// The most promising first, of equally promising ones the first cell.
  friend bool operator<(const Stretch& a, const Stretch& b) {
    return std::pair(a.bound, a.cell) > std::pair(b.bound, b.cell);
  }
};

std::vector<std::size_t> choices_of(const std::vector<OpenCell>& cells) {
  std::vector<std::size_t> choices;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const bool same = at > 0 && same_choice(cells[at - 1].cell, cells[at].cell);
    choices.push_back(at == 0 ? 0 : choices.back() + (same ? 0 : 1));
  }
  return choices;
}

class Search {
 public:
  explicit Search(const Problem& problem)
      : problem_(problem),
        placing_(problem),
        bounds_(problem),
        cells_(open_cells(problem)),
        choices_(choices_of(cells_)),
        incumbents_(cells_.empty() ? 0 : choices_.back() + 1, interesting(problem)) {}

  /// Finds the best batch and configuration of every choice that is of interest.
  void run() {
    for (std::size_t at = 0; at < cells_.size(); ++at) {
      for (const BatchSpan& span : spans_of(problem_, cells_[at])) {
        offer({.cell = at, .span = span});
      }
    }
    while (!queue_.empty() && queue_.top().bound <= incumbents_.cutoff()) {
      const Stretch next = queue_.top();
      queue_.pop();
      if (next.bound <= incumbents_.cutoff(choices_[next.cell])) look_at(next);
    }
  }

  [[nodiscard]] const Incumbents& incumbents() const { return incumbents_; }
  [[nodiscard]] std::uint64_t evaluated() const { return evaluated_; }
  [[nodiscard]] const std::vector<OpenCell>& cells() const { return cells_; }

 private:
  [[nodiscard]] const OpenCell& open(const Stretch& stretch) const { return cells_[stretch.cell]; }

  /// Until the next call.
  const Problem& placed_for(const OpenCell& open) {
    return placing_.at(config_in(open.cell, 1, 0.0));
  }

  void offer(Stretch stretch) {
    if (stretch.span.low > stretch.span.high) return;
    const bool uneven = stretch.known >= Known::kUneven;
    stretch.bound = bounds_.least_cost(open(stretch), stretch.span, uneven);
    queue_.push(stretch);
  }

  void look_at(Stretch stretch) {
    switch (stretch.known) {
      case Known::kNothing:
        stretch.span.high =
            std::min(stretch.span.high, most_that_fits(placed_for(open(stretch)), open(stretch)));
        stretch.known = Known::kFits;
        return offer(stretch);
      case Known::kFits:
        stretch.known = Known::kUneven;
        return offer(stretch);
      case Known::kUneven:
        return cut_by_level(stretch);
      case Known::kSteps:
        return evaluate(stretch);
    }
  }

  /// Leaves what meets the service level. A prompt takes whole steps: of batches with which it
  /// takes as many the smallest are the fastest.
  void cut_by_level(Stretch stretch) {
    stretch.known = Known::kSteps;
    if (!has_level(problem_.workload)) return offer(stretch);
    const BatchSpan all = stretch.span;
    stretch.span.low = fewest_of_as_many_steps(problem_.workload, all);
    Stretch rest = stretch;
    rest.known = Known::kUneven;
    rest.span = {.low = all.low, .high = stretch.span.low - 1};
    if (bounds_.smaller_may_meet(open(stretch), stretch.span.low)) offer(rest);
    if (!meets(stretch, stretch.span.low)) return;
    int meets_it = stretch.span.low;
    int too_slow = stretch.span.high + 1;
    while (too_slow - meets_it > 1) {
      const int middle = meets_it + (too_slow - meets_it) / 2;
      (meets(stretch, middle) ? meets_it : too_slow) = middle;
    }
    stretch.span.high = meets_it;
    offer(stretch);
  }

  std::optional<Cell> cell_at(const Stretch& stretch, int batch) {
    const OpenCell& open_cell = open(stretch);
    const Problem& placed = placed_for(open_cell);
    auto cell = with_batch(placed, open_cell, batch * tokens_each(problem_.workload));
    if (cell) costs_.set(placed, *cell);
    return cell;
  }

  /// Whether some configuration of that batch meets the service level.
  bool meets(const Stretch& stretch, int batch) {
    if (!bounds_.may_meet(open(stretch), batch)) return false;
    const auto cell = cell_at(stretch, batch);
    if (!cell || lower_bound(*cell) > *cell->longest) return false;
    bool found = false;
    const Quest quest{.limit = [&] { return found ? Cost{} : kNever; },
                      .visit = [&](const Config&, Cost) { found = true; }};
    evaluated_ += enumerate(*cell, Pruning::kBounds, quest);
    return found;
  }

  /// The largest batch of the stretch; the rest is left for later.
  void evaluate(Stretch stretch) {
    const std::size_t choice = choices_[stretch.cell];
    if (const auto cell = cell_at(stretch, stretch.span.high)) {
      const Quest quest{
          .limit = [&] { return incumbents_.cutoff(choice); },
          .visit = [&](const Config& config,
                       Cost cost) { incumbents_.offer(choice, candidate_of(config, cost)); }};
      evaluated_ += enumerate(*cell, Pruning::kBounds, quest);
    }
    --stretch.span.high;
    if (stretch.span.low > stretch.span.high) return;
    if (bounds_.may_beat(open(stretch), stretch.span, incumbents_.cutoff(choice))) offer(stretch);
  }

  const Problem& problem_;
  Placing placing_;
  KnownCosts costs_;
  BatchBounds bounds_;
  std::vector<OpenCell> cells_;
  std::vector<std::size_t> choices_;
  Incumbents incumbents_;
  std::priority_queue<Stretch> queue_;
  std::uint64_t evaluated_ = 0;
};

/// The preferred of the best of each choice.
Picks picks_of(const Problem& problem, const Incumbents& incumbents) {
  return picks_of(problem, incumbents.least(), [&](Cost limit, bool only_plain) {
    return preferred_of(incumbents.best(), [&](const Candidate& known) {
      return known.cost <= limit && (!only_plain || is_plain(known.config.overlap));
    });
  });
}

std::optional<Picks> picks_of_runs(Problem problem) {
  if (problem.space.runs.empty()) return std::nullopt;
  problem.space.only_runs = true;
  Search search(problem);
  search.run();
  if (search.incumbents().least() == kNever) return std::nullopt;
  return picks_of(problem, search.incumbents());
}

std::optional<Prediction> runner_up(const Problem& problem,
                                    const Incumbents& incumbents,
                                    const Config& choice) {
  Cost least = kNever;
  for (const auto& known : incumbents.best()) {
    if (known && !same_choice(known->config, choice)) least = std::min(least, known->cost);
  }
  const auto next = preferred_of(incumbents.best(), [&](const Candidate& known) {
    return known.cost <= least * (1.0 + kTie) && !same_choice(known.config, choice);
  });
  if (!next) return std::nullopt;
  return predict(problem, next->config);
}

}  // namespace

SearchResult search_batches(const Problem& problem, Solver solver) {
  SearchResult result;
  Search search(problem);
  search.run();
  const Incumbents& incumbents = search.incumbents();
  if (incumbents.least() == kNever) return no_batch(problem, solver);
  const Picks picks = picks_of(problem, incumbents);
  result.optimum = picks.best;
  result.recommended = picks.preferred;
  const auto is_run_too = [&](const Prediction& pick) { return is_run(problem, pick.config); };
  if (problem.space.only_runs || (is_run_too(picks.best) && is_run_too(picks.preferred))) {
    result.best_run = picks.best;
  } else if (const auto theirs = picks_of_runs(problem)) {
    result.best_run = theirs->best;
    result.recommended = theirs->preferred;
  }
  list_within(problem, incumbents, picks.near, result);
  result.runner_up = runner_up(problem, incumbents, picks.best.config);
  result.excluded = excluded_of(problem);
  Certificate& certificate = result.certificate;
  certificate.method = Certificate::Method::kBound;
  certificate.configurations = configurations_of(problem, search.cells());
  certificate.evaluated = search.evaluated();
  if (solver == Solver::kBoth) {
    certificate.nlopt_compared = true;
    const auto relaxed = solve_batch(problem, search.cells(), picks.best.config);
    certificate.nlopt_evaluations = relaxed.evaluations;
    if (relaxed.cost != kNever) {
      certificate.nlopt_excess = std::max(0.0, relaxed.cost / incumbents.least() - 1.0);
    }
  }
  return result;
}

}  // namespace wideep
