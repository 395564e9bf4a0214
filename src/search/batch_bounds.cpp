#include "search/batch_bounds.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/step.h"
#include "model/unevenness.h"
#include "model/what_fits.h"
#include "search/interval_bounds.h"

namespace wideep {
namespace {

Problem with_stars(Problem problem) {
  problem.workload.traffic.straggler = {};
  for (Kernel& kernel : problem.fabric.kernels) {
    if (!kernel.collectives) continue;
    auto stars = std::make_shared<Collectives>(*kernel.collectives);
    for (auto& curves : stars->by_op) {
      for (RankCurve& of_ranks : curves) of_ranks.curve = star_shaped(of_ranks.curve);
    }
    kernel.collectives = std::move(stars);
  }
  return problem;
}

/// Whether no part of a step of the cell grows faster than its tokens.
bool is_star_shaped(const Cell& cell) {
  const auto is_star = [](const LinkCost& cost) {
    return cost.law == nullptr || cost.law == &kCollectiveLaw || cost.law->properties.concave;
  };
  return is_star(cell.costs.dispatch) && is_star(cell.costs.combine);
}

/// The least that the host takes for a batch of any size.
Seconds least_launches(const Problem& problem, const OpenCell& open) {
  if (problem.space.only_runs) return open.way.launch_time;
  Seconds least = open.cell.launch_time;
  bool any = false;
  for (const Run& run : problem.space.runs) {
    if (run.kernel != open.cell.kernel || run.overlap != open.cell.overlap) continue;
    least = any ? std::min(least, run.launch_time) : run.launch_time;
    any = true;
  }
  return least;
}

/// The costs of even loads at that straggler factor.
void make_uneven(double factor, double of_links, LayerCosts& costs) {
  costs.expert.per_token = factor * costs.expert.per_token;
  if (!costs.fused) return;
  costs.fused->expert.per_token = factor * costs.fused->expert.per_token;
  costs.fused->copies_per_token = std::max(1.0, factor / of_links) * costs.fused->copies_per_token;
}

/// Whether a bound over some real split between two numbers of first tokens is below the limit.
bool any_split(const Cell& cell, int low, int high, Cost limit) {
  if (cell.cost.at(splits_bound(cell, 1, low, high)) >= limit) return false;
  if (high - low <= 1) return true;
  const int middle = low + (high - low) / 2;
  // What lies nearer to one half mostly decides.
  const bool below = 2 * middle > cell.tokens;
  return below ? any_split(cell, low, middle, limit) || any_split(cell, middle, high, limit)
               : any_split(cell, middle, high, limit) || any_split(cell, low, middle, limit);
}

/// The same over chunk counts.
bool any_count(const Cell& cell, int low, int high, Cost limit) {
  if (low > high || cell.cost.at(chunks_bound(cell, low, high)) >= limit) return false;
  if (low == high) return true;
  const int middle = low + (high - low) / 2;
  return any_count(cell, low, middle, limit) || any_count(cell, middle + 1, high, limit);
}

int whole(double value) {
  return static_cast<int>(std::clamp(value, 0.0, 1.0 * kLargestBatch));
}

}  // namespace

std::vector<BatchSpan> spans_of(const Problem& problem, const OpenCell& open) {
  const TokenRange& range = *problem.workload.traffic.choice;
  const int each = tokens_each(problem.workload);
  const double ranks = open.cell.attention.ranks;
  const double own = ranks / each;  // batches of a group for each token of a GPU
  int fewest = cuts_batch(open.cell.overlap) ? (2 + each - 1) / each : 1;
  if (range.least) fewest = std::max(fewest, whole(std::ceil(*range.least * own)));
  const int most = whole(std::floor(std::min(1.0 * range.most, 1.0 * open.way.most_tokens) * own));
  const int of_way = whole(std::ceil(open.way.fewest_tokens * own));
  std::vector<BatchSpan> spans = {{.low = std::max(fewest, of_way), .high = most}};
  // A way counts whole tokens of a GPU: fewer than one are for any.
  const int below_one = std::min(whole(std::ceil(own)) - 1, of_way - 1);
  if (fewest <= below_one) spans.push_back({.low = fewest, .high = std::min(below_one, most)});
  return spans;
}

int most_that_fits(const Problem& placed, const OpenCell& open) {
  const Config config = config_in(open.cell, open.cell.min_chunks, 0.0);
  return largest_batch(placed, config).tokens / tokens_each(placed.workload);
}

int fewest_of_as_many_steps(const Workload& workload, const BatchSpan& span) {
  if (!workload.slo.ttft || workload.traffic.phase != Phase::kPrefill) return span.low;
  const int steps = steps_of_prompt(workload, span.high);
  const int fewest = (workload.traffic.context.value_or(1) + steps - 1) / steps;
  return std::clamp(fewest, span.low, span.high);
}

bool has_level(const Workload& workload) {
  const bool prompts = workload.slo.ttft && workload.traffic.phase == Phase::kPrefill;
  return workload.slo.tpot || prompts;
}

BatchBounds::BatchBounds(const Problem& problem) : problem_(problem), stars_(with_stars(problem)) {}

std::optional<Cell> BatchBounds::even_cell(const OpenCell& open, int batch) {
  const Problem& stars = stars_.at(config_in(open.cell, 1, 0.0));
  auto cell = with_batch(stars, open, batch * tokens_each(stars.workload));
  if (!cell) return cell;
  cell->launch_time = least_launches(stars, open);
  costs_.set(stars, *cell);
  return cell;
}

std::optional<Cell> BatchBounds::uneven_cell(const OpenCell& open, const BatchSpan& span) {
  auto cell = even_cell(open, span.high);
  if (!cell) return cell;
  const Workload& workload = problem_.workload;
  const double factor =
      least_straggler_factor(workload, config_in(*cell, 1, 0.0), span.low * tokens_each(workload));
  make_uneven(factor, workload.traffic.comm_straggler_factor, cell->costs);
  return cell;
}

Cost BatchBounds::least_cost(const OpenCell& open, const BatchSpan& span, bool uneven) {
  const auto cell = uneven ? uneven_cell(open, span) : even_cell(open, span.high);
  if (!cell) return Cost{};
  if (is_star_shaped(*cell)) return cell->cost.at(lower_bound(*cell));
  const auto smallest = even_cell(open, span.low);
  if (!smallest) return Cost{};
  return smallest->cost.at(lower_bound(*smallest)) * (1.0 * span.low / span.high);
}

bool BatchBounds::may_beat(const OpenCell& open, const BatchSpan& span, Cost limit) {
  auto cell = uneven_cell(open, span);
  if (!cell) return true;
  const bool bounded = cell->timing == Timing::kSchedule && cell->costs.properties().all();
  if (!is_star_shaped(*cell) || !cuts_batch(cell->overlap) || !bounded) {
    return least_cost(open, span, true) < limit;
  }
  cell->max_transfer.reset();  // a smaller batch needs no more chunks
  if (cell->overlap == Overlap::kChunk) {
    return any_count(*cell, cell->min_chunks, cell->max_chunks, limit);
  }
  if (cell->tokens < 2) return true;
  if (has_split(*cell)) return any_split(*cell, 1, cell->tokens - 1, limit);
  // The larger half of an odd batch, scaled.
  const double fewest = std::max(2, span.low * tokens_each(problem_.workload));
  const double larger = 0.5 * cell->tokens * (1.0 + 1.0 / fewest);
  const int high = std::min(cell->tokens - 1, static_cast<int>(std::ceil(larger)));
  return any_split(*cell, cell->tokens / 2, std::max(high, cell->tokens / 2 + 1), limit);
}

bool BatchBounds::may_meet(const OpenCell& open, int batch) {
  const auto cell = even_cell(open, batch);
  return !cell || !cell->longest || lower_bound(*cell) <= *cell->longest;
}

bool BatchBounds::smaller_may_meet(const OpenCell& open, int batch) {
  const auto cell = even_cell(open, batch);
  const auto& traffic = problem_.workload.traffic;
  if (!cell || !problem_.workload.slo.ttft || !traffic.context) return true;
  const Workload& stars = stars_.at(config_in(*cell, 1, 0.0)).workload;
  const Seconds step = step_times(stars, cell->tokens, lower_bound(*cell)).total;
  return 1.0 * *traffic.context / cell->tokens * step <= *problem_.workload.slo.ttft;
}

}  // namespace wideep
