#include "search/agenda.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "units/fail.h"

namespace wideep {
namespace {

Cost finite(Cost cost) {
  if (!std::isfinite(cost.value)) fail("a cost that is no number");
  return cost;
}

}  // namespace

Agenda agenda_of(std::vector<Cell> cells) {
  Agenda agenda{std::move(cells), {}, {}, {}, {}};
  for (const Cell& cell : agenda.cells) {
    agenda.bounds.push_back(lower_bound(cell));
    agenda.costs.push_back(finite(cell.cost.at(agenda.bounds.back())));
    // The cells of one choice, which differ in schedule and SMs, follow each other.
    const std::size_t at = agenda.choices.size();
    const bool same = at > 0 && same_choice(agenda.cells[at - 1], cell);
    agenda.choices.push_back(at == 0 ? 0 : agenda.choices.back() + (same ? 0 : 1));
  }
  agenda.order.resize(agenda.cells.size());
  std::iota(agenda.order.begin(), agenda.order.end(), std::size_t{0});
  std::stable_sort(agenda.order.begin(), agenda.order.end(), [&](std::size_t a, std::size_t b) {
    return agenda.costs[a] < agenda.costs[b];
  });
  return agenda;
}

Candidate candidate_of(const Config& config, Cost cost) {
  return {config, finite(cost)};
}

}  // namespace wideep
