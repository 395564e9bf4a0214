#pragma once

#include <vector>

#include "search/cell.h"
#include "search/preference.h"

namespace wideep {

/// Whether cells or configurations have the same EP width, layout, kernel and mode.
template <class A, class B>
bool same_choice(const A& a, const B& b) {
  return a.ep_width == b.ep_width && a.kernel == b.kernel && a.overlap == b.overlap &&
         a.attention == b.attention && a.experts == b.experts && a.expert_ranks == b.expert_ranks;
}

/// The cells with their lower bounds, most promising first.
struct Agenda {
  std::vector<Cell> cells;
  std::vector<Seconds> bounds;       ///< by cell, on the layer time
  std::vector<Cost> costs;           ///< by cell, of those
  std::vector<std::size_t> choices;  ///< by cell: which EP width, kernel and mode, counted from 0
  std::vector<std::size_t> order;    ///< of cells, by cost

  [[nodiscard]] std::size_t choice_count() const {
    return choices.empty() ? 0 : choices.back() + 1;
  }

  /// Whether no configuration of the cell meets slo.tpot.
  [[nodiscard]] bool is_too_slow(std::size_t at) const {
    const auto& longest = cells[at].longest;
    return longest && bounds[at] > *longest;
  }
};

Agenda agenda_of(std::vector<Cell> cells);

/// A configuration of that cost. Comparisons take what is no number for the best of all: throws
/// std::logic_error, so that no fault of the model is crowned.
Candidate candidate_of(const Config& config, Cost cost);

}  // namespace wideep
