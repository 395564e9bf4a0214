#include "search/enumerate.h"

#include <algorithm>
#include <array>

#include "model/overlap.h"
#include "model/transfers.h"
#include "search/interval_bounds.h"

namespace wideep {
namespace {

/// The chunk counts that enumerate() looks at; see its comment.
struct ChunkCounts {
  int first;
  int last;
};

ChunkCounts chunk_counts(const Cell& cell) {
  const int enough = chunks_within_limit(cell);
  if (cell.overlap != Overlap::kDbo) return {enough, cell.max_chunks};
  if (!cell.costs.properties().chunks_only_cost) {
    return {std::max(cell.min_chunks, enough - 1), cell.max_chunks};
  }
  return {std::max(cell.min_chunks, enough - 1), std::min(enough, cell.max_chunks)};
}

/// Whether the kernel's limit on one transfer rules out every split from lo to hi.
bool exceeds_everywhere(const Cell& cell, int chunks, int lo, int hi) {
  if (!cell.max_transfer) return false;
  const double most_first = micro_batches(cell.tokens, hi, chunks)[0].chunks;
  const double most_second = micro_batches(cell.tokens, lo, chunks)[1].chunks;
  return exceeds_transfer_limit(cell.max_transfer, lo / most_first) ||
         exceeds_transfer_limit(cell.max_transfer, (cell.tokens - hi) / most_second);
}

struct Walk {
  const Cell& cell;
  Pruning pruning = Pruning::kNone;
  const Quest& quest;
  std::uint64_t evaluated = 0;
  bool bounded = cell.costs.properties().all();  ///< what the bounds assume holds

  void at(int chunks, double first_tokens) {
    ++evaluated;
    const auto time = feasible_time(cell, chunks, first_tokens);
    if (!time) return;
    const Cost cost = cell.cost.at(*time);
    if (cost <= quest.limit()) quest.visit(config_in(cell, chunks, first_tokens), cost);
  }

  /// Whether a bound is beyond what is of interest, or beyond slo.tpot.
  [[nodiscard]] bool beyond(Seconds bound) const {
    return cell.cost.at(bound) > quest.limit() || (cell.longest && bound > *cell.longest);
  }

  [[nodiscard]] bool skips(int chunks, int lo, int hi) const {
    return quest.skip && quest.skip(chunks, lo, hi);
  }

  /// Splits lo to hi, the middle first: there the best ones lie, and they make the limit fall.
  void splits(int chunks, int lo, int hi) {
    if (lo > hi) return;
    if (pruning == Pruning::kBounds &&
        (skips(chunks, lo, hi) || exceeds_everywhere(cell, chunks, lo, hi) ||
         (bounded && beyond(splits_bound(cell, chunks, lo, hi))))) {
      return;
    }
    const int middle = lo + (hi - lo) / 2;
    at(chunks, middle);
    splits(chunks, lo, middle - 1);
    splits(chunks, middle + 1, hi);
  }

  /// Chunk counts lo to hi, the fewest first.
  void chunks(int lo, int hi) {
    if (lo > hi) return;
    if (pruning == Pruning::kBounds && cell.overlap == Overlap::kChunk &&
        (skips(lo, 0, 0) || (bounded && beyond(chunks_bound(cell, lo, hi))))) {
      return;
    }
    if (lo < hi) {
      const int middle = lo + (hi - lo) / 2;
      chunks(lo, middle);
      chunks(middle + 1, hi);
    } else if (has_split(cell)) {
      splits(lo, 1, cell.tokens - 1);
    } else {
      at(lo, fixed_first_tokens(cell));
    }
  }
};

}  // namespace

std::uint64_t enumerate(const Cell& cell, Pruning pruning, const Quest& quest) {
  Walk walk{cell, pruning, quest};
  const auto [first, last] = chunk_counts(cell);
  walk.chunks(first, last);
  return walk.evaluated;
}

std::uint64_t evaluations_needed(const Cell& cell) {
  const auto [first, last] = chunk_counts(cell);
  if (first > last) return 0;
  const auto counts = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
  return has_split(cell) ? counts * (static_cast<std::uint64_t>(cell.tokens) - 1) : counts;
}

Seconds bound_of_all(const Cell& cell) {
  const auto [first, last] = chunk_counts(cell);
  if (first > last || (cuts_batch(cell.overlap) && !cell.costs.properties().all())) return {};
  if (cell.overlap == Overlap::kChunk) return chunks_bound(cell, first, last);
  const auto of_count = [&](int chunks) {
    return has_split(cell)
               ? splits_bound(cell, chunks, 1, cell.tokens - 1)
               : layer_time(
                     cell.costs, config_in(cell, chunks, fixed_first_tokens(cell)), cell.timing);
  };
  Seconds bound = of_count(first);
  for (int chunks = first + 1; chunks <= last; ++chunks) bound = std::min(bound, of_count(chunks));
  return bound;
}

bool is_provable(const Cell& cell) {
  return cell.costs.properties().all() || evaluations_needed(cell) <= kMostEvaluations;
}

}  // namespace wideep
