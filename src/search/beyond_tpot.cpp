#include "search/beyond_tpot.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "model/step.h"
#include "search/cell.h"
#include "search/enumerate.h"
#include "search/relaxed.h"
#include "search/tpot_batch.h"

namespace wideep {
namespace {

/// The configuration with the shortest time between tokens, which need not have the shortest layer
/// where the batch of a rank depends on the width. `known` is one of them.
Prediction shortest_wait(Problem problem, const Prediction& known) {
  problem.workload.slo.tpot.reset();
  const std::vector<Cell> cells = list_cells(problem).cells;
  std::vector<Seconds> bounds;
  bounds.reserve(cells.size());
  for (const Cell& cell : cells) {
    bounds.push_back(step_times(problem.workload, cell.tokens, lower_bound(cell)).tpot);
  }
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return bounds[a] < bounds[b];
  });

  Prediction best = known;
  const auto offer = [&](const Config& config) {
    const Prediction found = predict(problem, config);
    if (found.step.tpot < best.step.tpot) best = found;
  };
  for (const std::size_t at : order) {
    if (bounds[at] >= best.step.tpot) break;
    const Cell& cell = cells[at];
    std::uint64_t evaluations = 0;
    if (const auto found = solve_cell(cell, evaluations)) offer(found->config);
    Workload sooner = problem.workload;
    const auto limit = [&] {
      sooner.slo.tpot = best.step.tpot;
      return *longest_layer(sooner, cell.tokens);
    };
    enumerate(cell, Pruning::kBounds, {.limit = limit, .visit = [&](const Config& config, Seconds) {
                                         offer(config);
                                       }});
  }
  return best;
}

}  // namespace

SearchResult beyond_tpot(Problem problem, Solver solver) {
  const auto tpot_limit = std::exchange(problem.workload.slo.tpot, std::nullopt);
  SearchResult result = optimize(problem, solver);
  if (!result.optimum) return result;
  SearchResult nearest;
  nearest.excluded = std::move(result.excluded);
  nearest.fastest = result.optimum;
  if (std::holds_alternative<GlobalTokens>(problem.workload.traffic.tokens)) {
    nearest.fastest = shortest_wait(problem, *result.optimum);
  }
  problem.workload.slo.tpot = tpot_limit;
  nearest.within_tpot = largest_within_tpot(problem, solver);
  BrokenLimit limit = *step_limit(problem.workload, nearest.fastest->step.tpot);
  limit.fix = text_of(problem, *nearest.within_tpot);
  nearest.reasons.push_back(std::move(limit));
  return nearest;
}

}  // namespace wideep
