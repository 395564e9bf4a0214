#include "search/relaxed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "model/overlap.h"
#include "search/subplex.h"

namespace wideep {
namespace {

/// Position of the variables in NLopt's vector.
constexpr std::size_t kLogChunks = 0;
constexpr std::size_t kSplit = 1;

struct Watch {
  const Cell& cell;
  RelaxedPoint best;
};

double objective(unsigned n, const double* x, double* /*gradient*/, void* data) {
  auto& [cell, best] = *static_cast<Watch*>(data);
  const double chunks = std::exp(x[kLogChunks]);
  const double split = n > kSplit ? x[kSplit] : best.split;
  const Seconds time = relaxed_time(cell, chunks, split);
  ++best.evaluations;
  if (best.evaluations == 1 || time < best.time) {
    best = {.chunks = chunks, .split = split, .time = time, .evaluations = best.evaluations};
  }
  return time / unit::us;
}

/// Fewest chunks with which some split passes the kernel's transfer limit; of dbo one less than
/// equal pieces of the batch need may do.
int fewest_chunks(const Cell& cell) {
  return std::min(chunks_within_limit(cell), cell.max_chunks);
}

/// The first tokens nearest to `wanted` with which all transfers of so many chunks are within the
/// kernel's limit. m chunks make m + 1 transfers at most, j of the first micro-batch and m - j + 1
/// of the second: the first then holds up to j times the limit, and at least what the second
/// cannot.
int transferable_split(const Cell& cell, int chunks, int wanted) {
  if (!cell.max_transfer || chunks >= chunks_within_limit(cell)) return wanted;
  const std::int64_t limit = *cell.max_transfer;
  const std::int64_t near = std::clamp<std::int64_t>(wanted / limit, 1, chunks);
  std::int64_t nearest = wanted;
  std::int64_t off = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t j = near; j <= std::min<std::int64_t>(near + 1, chunks); ++j) {
    const std::int64_t low = std::max<std::int64_t>(1, cell.tokens - (chunks - j + 1) * limit);
    const std::int64_t high = std::min<std::int64_t>(cell.tokens - 1, j * limit);
    if (low > high) continue;
    const std::int64_t first = std::clamp<std::int64_t>(wanted, low, high);
    if (std::abs(first - wanted) >= off) continue;
    off = std::abs(first - wanted);
    nearest = first;
  }
  return static_cast<int>(nearest);
}

double relaxed_chunks(double share, double chunks) {
  return std::max(1.0, share * chunks);
}

/// Improves `value` within [low, high] by doubling and halving integer steps.
template <class TimeOf>
bool descend(int& value, int low, int high, Seconds& best, const TimeOf& time_of) {
  bool improved = false;
  for (int step = 1; step > 0;) {
    bool moved = false;
    for (const int direction : {-1, 1}) {
      const auto wanted = static_cast<std::int64_t>(value) + std::int64_t{direction} * step;
      const int candidate = static_cast<int>(std::clamp<std::int64_t>(wanted, low, high));
      const std::optional<Seconds> time = time_of(candidate);
      if (candidate == value || !time || *time >= best) continue;
      value = candidate;
      best = *time;
      moved = true;
      break;
    }
    improved = improved || moved;
    step = moved ? std::min(step * 2, std::max(1, high - low)) : step / 2;
  }
  return improved;
}

}  // namespace

Seconds relaxed_time(const Cell& cell, double chunks, double split) {
  const LayerCosts& costs = cell.costs;
  const double tokens = cell.tokens;
  if (cell.timing == Timing::kSteadyState) {
    return std::max(costs.comm_time(tokens, chunks), costs.compute_time(tokens));
  }
  if (cell.overlap == Overlap::kChunk) return chunk_time(costs, tokens, chunks);
  return dbo_time(costs,
                  {split * tokens, relaxed_chunks(split, chunks)},
                  {(1.0 - split) * tokens, relaxed_chunks(1.0 - split, chunks)});
}

RelaxedPoint solve_relaxed(const Cell& cell) {
  const int fewest = fewest_chunks(cell);
  std::vector<double> lower = {std::log(fewest)};
  std::vector<double> upper = {std::log(cell.max_chunks)};
  if (has_split(cell)) {
    lower.push_back(1.0 / cell.tokens);
    upper.push_back(1.0 - 1.0 / cell.tokens);
  }

  Watch watch{cell, {}};
  if (cell.overlap == Overlap::kDbo) watch.best.split = fixed_first_tokens(cell) / cell.tokens;
  minimise(lower, upper, objective, &watch);
  return watch.best;
}

std::optional<IntegerPoint> round_to_integers(const Cell& cell, const RelaxedPoint& start) {
  const bool split = has_split(cell);
  int chunks =
      std::clamp(static_cast<int>(std::lround(start.chunks)), fewest_chunks(cell), cell.max_chunks);
  int first =
      split
          ? std::clamp(static_cast<int>(std::lround(start.split * cell.tokens)), 1, cell.tokens - 1)
          : 0;
  if (split) first = transferable_split(cell, chunks, first);
  const auto first_tokens = [&] { return split ? first : fixed_first_tokens(cell); };

  const auto started = transferable_time(cell, chunks, first_tokens());
  if (!started) return std::nullopt;
  Seconds best = *started;
  for (bool improving = true; improving;) {
    improving = descend(chunks, cell.min_chunks, cell.max_chunks, best, [&](int candidate) {
      return transferable_time(cell, candidate, first_tokens());
    });
    if (!split) continue;
    improving =
        descend(first,
                1,
                cell.tokens - 1,
                best,
                [&](int candidate) { return transferable_time(cell, chunks, candidate); }) ||
        improving;
  }
  if (cell.longest && best > *cell.longest) return std::nullopt;
  return IntegerPoint{config_in(cell, chunks, first_tokens()), best};
}

std::optional<IntegerPoint> solve_cell(const Cell& cell, std::uint64_t& evaluations) {
  RelaxedPoint point;
  if (cell.overlap != Overlap::kNone) point = solve_relaxed(cell);
  evaluations += static_cast<std::uint64_t>(point.evaluations);
  return round_to_integers(cell, point);
}

}  // namespace wideep
