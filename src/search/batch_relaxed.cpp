#include "search/batch_relaxed.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "model/overlap.h"
#include "model/placed.h"
#include "model/what_fits.h"
#include "search/batch_bounds.h"
#include "search/relaxed.h"
#include "search/subplex.h"

namespace wideep {
namespace {

/// How much worse a batch that is too slow counts, at least: a wall that the solver turns back
/// from.
constexpr double kWall = 10.0;

/// Position of the variables in NLopt's vector.
enum BatchVariable : std::size_t { kOfBatch, kOfChunks, kOfSplit };

struct BatchWatch {
  const Problem& placed;
  const OpenCell& open;
  RelaxedBatch best;
  Cost least = kNever;
  int batch = 0;
  RelaxedPoint point;
  KnownCosts costs = {};
};

std::optional<Cell> cell_at(BatchWatch& watch, int batch) {
  auto cell = with_batch(watch.placed, watch.open, batch * tokens_each(watch.placed.workload));
  if (cell) watch.costs.set(watch.placed, *cell);
  return cell;
}

double batch_objective(unsigned /*n*/, const double* x, double* /*gradient*/, void* data) {
  BatchWatch& watch = *static_cast<BatchWatch*>(data);
  ++watch.best.evaluations;
  const int batch = static_cast<int>(std::lround(std::exp(x[kOfBatch])));
  const auto cell = cell_at(watch, batch);
  if (!cell) return kWall;
  const double chunks = std::min(std::exp(x[kOfChunks]), 1.0 * cell->max_chunks);
  const bool cut = cuts_batch(cell->overlap);
  const double split = has_split(*cell) ? x[kOfSplit] : fixed_first_tokens(*cell) / cell->tokens;
  const Seconds time = cut ? relaxed_time(*cell, chunks, split)
                           : layer_time(cell->costs, config_in(*cell, 1, 0.0), cell->timing);
  const Cost cost = cell->cost.at(time);
  if (cell->longest && time > *cell->longest) {
    return std::log(cost.value) + kWall * (time / std::max(*cell->longest, 1e-3 * time));
  }
  if (cost < watch.least) {
    watch.least = cost;
    watch.batch = batch;
    watch.point = {.chunks = chunks, .split = split, .time = time};
  }
  return std::log(cost.value);
}

const OpenCell* cell_of(const std::vector<OpenCell>& cells, const Config& config) {
  const auto found = std::find_if(cells.begin(), cells.end(), [&](const OpenCell& open) {
    const Cell& cell = open.cell;
    return cell.ep_width == config.ep_width && cell.kernel == config.kernel &&
           cell.overlap == config.overlap && cell.sms == config.sms &&
           cell.schedule == config.schedule && cell.attention == config.attention &&
           cell.experts == config.experts && cell.expert_ranks == config.expert_ranks &&
           cell.redundant_experts == config.redundant_experts;
  });
  return found == cells.end() ? nullptr : &*found;
}

}  // namespace

RelaxedBatch solve_batch(const Problem& problem,
                         const std::vector<OpenCell>& cells,
                         const Config& config) {
  const OpenCell* const open = cell_of(cells, config);
  if (open == nullptr) return {};
  const Problem there = placed(problem, config);
  BatchSpan span = spans_of(problem, *open).front();
  span.high = std::min(span.high, most_that_fits(there, *open));
  if (span.low >= span.high) return {};
  BatchWatch watch{.placed = there, .open = *open, .best = {}, .point = {}};
  std::vector<double> lower = {std::log(span.low), std::log(open->cell.min_chunks)};
  std::vector<double> upper = {std::log(span.high), std::log(problem.space.max_chunks)};
  upper[kOfChunks] =
      cuts_batch(config.overlap) ? std::max(lower[kOfChunks], upper[kOfChunks]) : lower[kOfChunks];
  if (has_split(open->cell)) {
    constexpr double kEdge = 1e-6;
    lower.push_back(kEdge);
    upper.push_back(1.0 - kEdge);
  }
  minimise(lower, upper, batch_objective, &watch);
  if (watch.least == kNever) return watch.best;
  const auto cell = cell_at(watch, watch.batch);
  if (const auto rounded = round_to_integers(*cell, watch.point)) {
    watch.best.cost = cell->cost.at(rounded->time);
  }
  return watch.best;
}

}  // namespace wideep
