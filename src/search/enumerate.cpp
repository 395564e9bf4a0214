#include "search/enumerate.h"

#include <algorithm>
#include <array>

#include "model/overlap.h"

namespace wideep {
namespace {

/// The chunk counts that enumerate() looks at; see its comment.
int last_chunk_count(const Cell& cell) {
  if (cell.overlap != Overlap::kDbo) return cell.max_chunks;
  return std::min(chunks_within_limit(cell), cell.max_chunks);
}

/// A time that no split from lo to hi beats. With the fewest transfers of the range each term is
/// affine in the split, so that its least value is at an end of the range.
Seconds splits_bound(const Cell& cell, int chunks, int lo, int hi) {
  const double first_chunks = micro_batches(cell.tokens, lo, chunks)[0].chunks;
  const double second_chunks = micro_batches(cell.tokens, hi, chunks)[1].chunks;
  const auto at = [&](double first) {
    return dbo_terms(cell.costs, {first, first_chunks}, {cell.tokens - first, second_chunks});
  };
  const auto low = at(lo);
  const auto high = at(hi);
  Seconds bound;
  for (std::size_t sum = 0; sum < low.size(); ++sum) {
    bound = std::max(bound, std::min(low[sum], high[sum]));
  }
  return kBoundSlack * bound;
}

struct Walk {
  const Cell& cell;
  Pruning pruning = Pruning::kNone;
  const std::function<Seconds()>& limit;
  const std::function<void(const Config&, Seconds)>& visit;
  std::uint64_t evaluated = 0;

  void at(int chunks, double first_tokens) {
    ++evaluated;
    const auto time = feasible_time(cell, chunks, first_tokens);
    if (time && *time <= limit()) visit(config_in(cell, chunks, first_tokens), *time);
  }

  /// Splits lo to hi, the middle first: there the best ones lie, and they make the limit fall.
  void splits(int chunks, int lo, int hi) {
    if (lo > hi) return;
    if (pruning == Pruning::kBounds && splits_bound(cell, chunks, lo, hi) > limit()) return;
    const int middle = lo + (hi - lo) / 2;
    at(chunks, middle);
    splits(chunks, lo, middle - 1);
    splits(chunks, middle + 1, hi);
  }
};

}  // namespace

std::uint64_t enumerate(const Cell& cell,
                        Pruning pruning,
                        const std::function<Seconds()>& limit,
                        const std::function<void(const Config&, Seconds)>& visit) {
  Walk walk{cell, pruning, limit, visit};
  for (int chunks = cell.min_chunks; chunks <= last_chunk_count(cell); ++chunks) {
    if (has_split(cell)) {
      walk.splits(chunks, 1, cell.tokens - 1);
    } else {
      walk.at(chunks, fixed_first_tokens(cell));
    }
  }
  return walk.evaluated;
}

std::uint64_t evaluations_needed(const Cell& cell) {
  const auto chunk_counts = static_cast<std::uint64_t>(last_chunk_count(cell)) -
                            static_cast<std::uint64_t>(cell.min_chunks) + 1;
  return has_split(cell) ? chunk_counts * (static_cast<std::uint64_t>(cell.tokens) - 1)
                         : chunk_counts;
}

}  // namespace wideep
