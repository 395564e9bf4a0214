#include "search/open_cells.h"

#include <algorithm>
#include <variant>

#include "model/limits.h"
#include "model/placed.h"
#include "model/schedule.h"
#include "model/step.h"
#include "model/transfers.h"
#include "model/ways.h"
#include "model/widths.h"
#include "search/layouts.h"

namespace wideep {
namespace {

/// A cell of that layout but its mode and SMs.
Cell cell_of(const Problem& problem, const Config& laid) {
  return {.ep_width = laid.ep_width,
          .kernel = laid.kernel,
          .redundant_experts = laid.redundant_experts,
          .attention = laid.attention,
          .experts = laid.experts,
          .expert_ranks = laid.expert_ranks,
          .timing = problem.space.timing,
          .costs = {},
          .max_transfer = most_in_transfer(problem, laid)};
}

/// Whether the way has no configuration that `other` does not have in the same time.
bool is_in(const Problem& problem, const Cell& cell, const Run& way, const Run& other) {
  const bool splits = way.half_split || !other.half_split;
  const bool batches =
      other.fewest_tokens <= way.fewest_tokens && other.most_tokens >= way.most_tokens;
  const bool launches = other.launch_time <= way.launch_time;
  if (!splits || !batches || !launches) return false;
  return cell.timing == Timing::kSteadyState ||
         are_equal(other.schedule, way.schedule, cell.overlap, problem.workload.figures.dense);
}

void add_ways(const Problem& problem, Cell cell, std::vector<OpenCell>& cells) {
  std::vector<int> counts = problem.fabric.kernels[cell.kernel].sms;
  if (counts.empty()) counts.push_back(0);
  std::vector<Run> kept;
  for (const Run& way : ways_of(problem, cell.kernel, cell.overlap)) {
    if (!way.is_for_layout(config_in(cell, 1, 0.0), problem.workload.serving.redundant_experts)) {
      continue;
    }
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const Run& other) {
      return is_in(problem, cell, way, other);
    });
    if (known) continue;
    kept.push_back(way);
    cell.schedule = way.schedule;
    cell.half_split = problem.space.half_split || way.half_split;
    for (const int sms : counts) {
      cell.sms = sms;
      cells.push_back({cell, way});
    }
  }
}

}  // namespace

std::vector<OpenCell> open_cells(const Problem& problem) {
  std::vector<OpenCell> cells;
  Placing placing(problem);
  const bool steady = problem.space.timing == Timing::kSteadyState;
  for (const int gpus : candidate_widths(problem)) {
    for (const Config& laid : layouts_on(problem, gpus)) {
      if (search_limit(placing.at(laid), laid)) continue;
      const Problem& placed = placing.at(laid);
      Cell cell = cell_of(placed, laid);
      for (const Overlap overlap : problem.space.overlaps) {
        // Of these the steady state has nothing to say.
        if (steady && (overlap == Overlap::kChunk || overlap == Overlap::kSbo)) continue;
        if (!problem.fabric.kernels[laid.kernel].has_mode(overlap)) continue;
        cell.overlap = overlap;
        cell.min_chunks = overlap == Overlap::kChunk ? 2 : 1;
        add_ways(placed, cell, cells);
      }
    }
  }
  return cells;
}

std::optional<Cell> with_batch(const Problem& problem, const OpenCell& open, int tokens) {
  Cell cell = open.cell;
  cell.tokens = tokens;
  const Config config = config_in(cell, 1, 0.0);
  if (!open.way.is_for(config, problem.workload.serving.redundant_experts)) return std::nullopt;
  if (cell.overlap == Overlap::kDbo && tokens < 2) return std::nullopt;
  cell.max_chunks = cuts_batch(cell.overlap) ? std::min(problem.space.max_chunks, tokens) : 1;
  if (cell.min_chunks > cell.max_chunks) return std::nullopt;
  cell.longest = longest_layer(problem.workload, tokens);
  cell.launch_time = launches_of(problem, open.way, config);
  cell.cost = problem.space.objective.line(problem.workload, config_in(cell, 1, 0.0));
  return cell;
}

void KnownCosts::set(const Problem& problem, Cell& cell) {
  Config config = config_in(cell, cell.min_chunks, 0.0);
  // Exchanges of an attention group and a skew depend on the batch.
  const bool same =
      std::holds_alternative<ByWidth<double>>(problem.workload.traffic.straggler.source) &&
      cell.attention == Attention{} && cell.experts == Experts::kEp;
  if (!same) {
    cell.costs = layer_costs(problem, config);
    return;
  }
  config.launch_time = {};
  const Key key(cell.ep_width, cell.kernel, cell.sms, cell.redundant_experts, cell.expert_ranks);
  cell.costs = known_.get(key, [&] { return layer_costs(problem, config); });
  cell.costs.schedule = cell.schedule;
  cell.costs.add_launches(cell.launch_time);
}

}  // namespace wideep
