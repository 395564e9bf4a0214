#include "search/cell.h"

#include <algorithm>
#include <cmath>

#include "model/overlap.h"

namespace wideep {
namespace {

/// Why a mode has no configuration at all here, if so.
std::optional<BrokenLimit> mode_limit(const Problem& problem, const Cell& cell) {
  if (cell.overlap == Overlap::kDbo && cell.tokens < 2) {
    return BrokenLimit{"dbo_tokens", "dbo needs at least 2 tokens per rank to split"};
  }
  if (cell.min_chunks > cell.max_chunks) {
    return BrokenLimit{"chunk_tokens",
                       "chunk needs at least 2 tokens per rank and max_chunks of 2"};
  }
  const int spare = cell.overlap == Overlap::kDbo ? 1 : 0;  // see chunks_within_limit
  if (chunks_within_limit(cell) - spare <= cell.max_chunks) return std::nullopt;
  return schedule_limit(problem, config_in(cell, cell.max_chunks, cell.tokens * 0.5));
}

}  // namespace

CellList list_cells(const Problem& problem) {
  CellList list;
  const SearchSpace& space = problem.space;
  for (const int width : candidate_widths(problem)) {
    for (const std::size_t kernel : space.kernels) {
      if (const auto limit = width_limit(problem, kernel, width)) {
        list.excluded.push_back({width, kernel, std::nullopt, *limit});
        continue;
      }
      const int tokens = tokens_per_rank(problem.workload, width);
      Cell cell{.ep_width = width,
                .kernel = kernel,
                .timing = space.timing,
                .tokens = tokens,
                .half_split = space.half_split,
                .costs = layer_costs(problem.workload, problem.fabric.kernels[kernel], width)};
      if (width > 1) cell.max_transfer = problem.fabric.kernels[kernel].limits.max_tokens_per_rank;
      for (const Overlap overlap : space.overlaps) {
        if (overlap == Overlap::kChunk && space.timing == Timing::kSteadyState) continue;
        cell.overlap = overlap;
        cell.min_chunks = overlap == Overlap::kChunk ? 2 : 1;
        cell.max_chunks = overlap == Overlap::kNone ? 1 : std::min(space.max_chunks, tokens);
        if (const auto limit = mode_limit(problem, cell)) {
          list.excluded.push_back({width, kernel, overlap, *limit});
        } else {
          list.cells.push_back(cell);
        }
      }
    }
  }
  return list;
}

bool has_split(const Cell& cell) {
  return cell.overlap == Overlap::kDbo && cell.timing == Timing::kSchedule && !cell.half_split;
}

double fixed_first_tokens(const Cell& cell) {
  if (cell.overlap != Overlap::kDbo) return 0.0;
  const double half = cell.tokens * 0.5;
  return cell.timing == Timing::kSteadyState ? half : std::ceil(half);
}

int chunks_within_limit(const Cell& cell) {
  if (!cell.max_transfer) return cell.min_chunks;
  const int limit = *cell.max_transfer;
  return std::max(cell.min_chunks, cell.tokens / limit + (cell.tokens % limit == 0 ? 0 : 1));
}

std::uint64_t configurations_in(const Cell& cell) {
  const auto chunk_counts =
      static_cast<std::uint64_t>(cell.max_chunks) - static_cast<std::uint64_t>(cell.min_chunks) + 1;
  return has_split(cell) ? chunk_counts * (static_cast<std::uint64_t>(cell.tokens) - 1)
                         : chunk_counts;
}

Seconds lower_bound(const Cell& cell) {
  // Each of the two micro-batches of dbo pays the latencies at least once.
  const bool twice = cell.overlap == Overlap::kDbo && cell.timing == Timing::kSchedule;
  const Seconds link = cell.costs.comm_time(cell.tokens, twice ? 2 : cell.min_chunks);
  const Seconds experts = cell.costs.expert_time(cell.tokens);
  return kBoundSlack * (cell.overlap == Overlap::kNone ? link + experts : std::max(link, experts));
}

Config config_in(const Cell& cell, int chunks, double first_tokens) {
  return {.ep_width = cell.ep_width,
          .kernel = cell.kernel,
          .overlap = cell.overlap,
          .chunks = chunks,
          .first_tokens = first_tokens};
}

std::optional<Seconds> feasible_time(const Cell& cell, int chunks, double first_tokens) {
  const Config config = config_in(cell, chunks, first_tokens);
  if (cell.max_transfer &&
      exceeds_transfer_limit(cell.max_transfer, largest_transfer(cell.tokens, config))) {
    return std::nullopt;
  }
  return layer_time(cell.costs, cell.tokens, config, cell.timing);
}

}  // namespace wideep
