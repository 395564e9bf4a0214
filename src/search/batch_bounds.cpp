#include "search/batch_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "model/step.h"
#include "model/unevenness.h"
#include "model/what_fits.h"

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
bool is_star_shaped(const LinkCost& cost) {
  return cost.law == nullptr || cost.law == &kCollectiveLaw || cost.law->properties.concave;
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

int most_that_fits(const Problem& problem, const OpenCell& open) {
  const Config config = config_in(open.cell, open.cell.min_chunks, 0.0);
  const Batch batch = largest_batch(placed(problem, config), config);
  return batch.tokens / tokens_each(problem.workload);
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
  set_costs(stars, *cell);
  return cell;
}

Cost BatchBounds::least_cost(const OpenCell& open, const BatchSpan& span, bool uneven) {
  auto cell = even_cell(open, span.high);
  if (!cell) return Cost{};
  if (uneven) {
    const Config config = config_in(*cell, 1, 0.0);
    const Workload& workload = problem_.workload;
    const double factor =
        least_straggler_factor(workload, config, span.low * tokens_each(workload));
    make_uneven(factor, workload.traffic.comm_straggler_factor, cell->costs);
  }
  if (is_star_shaped(cell->costs.dispatch) && is_star_shaped(cell->costs.combine)) {
    return cell->cost.at(lower_bound(*cell));
  }
  const auto smallest = even_cell(open, span.low);
  if (!smallest) return Cost{};
  return smallest->cost.at(lower_bound(*smallest)) * (1.0 * span.low / span.high);
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
