#include "search/cell.h"

#include <algorithm>
#include <cmath>

#include "model/overlap.h"
#include "model/transfers.h"

namespace wideep {
namespace {

/// A time that the batch's transfers, `fewest` of them at least, take together.
Seconds link_bound(const Cell& cell, double fewest) {
  const LayerCosts& costs = cell.costs;
  if (costs.dispatch.law == nullptr && costs.combine.law == nullptr) {
    return costs.comm_time(cell.tokens, fewest);
  }
  // Of a concave law one transfer of all takes no more than two of its parts.
  return costs.properties().all() ? costs.comm_time(cell.tokens) : Seconds(0.0);
}

}  // namespace

bool has_split(const Cell& cell) {
  return cell.overlap == Overlap::kDbo && cell.timing == Timing::kSchedule && !cell.half_split;
}

double fixed_first_tokens(const Cell& cell) {
  if (cell.overlap != Overlap::kDbo) return 0.0;
  return equal_half(cell.tokens, cell.timing);
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
  const LayerCosts& costs = cell.costs;
  const double tokens = cell.tokens;
  const bool scheduled = cell.timing == Timing::kSchedule;
  // Each of the two micro-batches of dbo pays the latencies at least once.
  const bool twice = cell.overlap == Overlap::kDbo && scheduled;
  if (cell.overlap == Overlap::kFused) return kBoundSlack * fused_bound(costs, tokens);
  if (!cuts_batch(cell.overlap)) {
    return kBoundSlack * layer_time(costs, config_in(cell, 1, 0.0), cell.timing);
  }
  const Seconds link = link_bound(cell, twice ? 2.0 : cell.min_chunks);
  if (!scheduled) return kBoundSlack * std::max(link, costs.compute_time(tokens));
  // Cutting a batch makes neither its attention nor its experts faster.
  const Seconds attention = costs.dense.time(tokens);
  const Seconds experts = costs.slowdown * costs.expert.time(tokens);
  if (cell.overlap == Overlap::kChunk) return kBoundSlack * (attention + std::max(link, experts));
  return kBoundSlack * std::max(link, costs.slowdown * attention + experts);
}

Config config_in(const Cell& cell, int chunks, double first_tokens) {
  return {.ep_width = cell.ep_width,
          .kernel = cell.kernel,
          .overlap = cell.overlap,
          .chunks = chunks,
          .first_tokens = first_tokens,
          .sms = cell.sms,
          .tokens = cell.tokens,
          .schedule = cell.schedule,
          .launch_time = cell.launch_time,
          .redundant_experts = cell.redundant_experts,
          .attention = cell.attention,
          .experts = cell.experts,
          .expert_ranks = cell.expert_ranks};
}

std::optional<Seconds> transferable_time(const Cell& cell, int chunks, double first_tokens) {
  const Config config = config_in(cell, chunks, first_tokens);
  if (cell.max_transfer && exceeds_transfer_limit(cell.max_transfer, largest_transfer(config))) {
    return std::nullopt;
  }
  return layer_time(cell.costs, config, cell.timing);
}

std::optional<Seconds> feasible_time(const Cell& cell, int chunks, double first_tokens) {
  const auto time = transferable_time(cell, chunks, first_tokens);
  return time && cell.longest && *time > *cell.longest ? std::nullopt : time;
}

}  // namespace wideep
