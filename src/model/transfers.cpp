#include "model/transfers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "model/overlap.h"
#include "model/ways.h"

namespace wideep {
namespace {

/// Guards the transfer limit against rounding in tokens / chunks.
constexpr double kPieceRounding = 1e-9;

/// The capacity that is stated for buffers which are made for one.
std::optional<int> stated_capacity(const Problem& problem, const Config& config) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const bool sized =
      kernel.buffer == BufferRule::kDeepEpLl || kernel.buffer == BufferRule::kMegaMoe;
  if (!sized) return std::nullopt;
  return problem.workload.serving.dispatch_capacity;
}

/// Whether dbo splits the batch 50/50 only.
bool halves_only(const Problem& problem, const Config& config) {
  const SearchSpace& space = problem.space;
  if (space.half_split || space.timing == Timing::kSteadyState) return true;
  if (!space.only_runs) return false;
  const auto ways = ways_of(problem, config.kernel, config.overlap);
  return std::all_of(ways.begin(), ways.end(), [](const Run& way) { return way.half_split; });
}

/// Whether two halves fit where the split is not to be chosen.
bool can_send_halves(const SearchSpace& space, Config config, int most) {
  config.first_tokens = equal_half(config.tokens, space.timing);
  config.chunks = std::min(space.max_chunks, config.tokens);  // fewer make no transfer smaller
  return !exceeds_transfer_limit(most, largest_transfer(config));
}

}  // namespace

std::optional<int> most_in_transfer(const Problem& problem, const Config& config) {
  if (config.ep_width == 1 || config.copies_tokens()) return std::nullopt;
  const auto kernel = problem.fabric.kernels[config.kernel].limits.max_tokens_per_rank;
  const auto capacity = stated_capacity(problem, config);
  const auto most = kernel && capacity ? std::min(kernel, capacity) : kernel ? kernel : capacity;
  return most ? std::optional(*most * config.attention.ranks) : std::nullopt;
}

bool exceeds_transfer_limit(std::optional<int> most, double tokens) {
  return most && tokens > *most + kPieceRounding;
}

bool can_send(const Problem& problem, const Config& config) {
  const int tokens = config.tokens;
  const SearchSpace& space = problem.space;
  const auto most = most_in_transfer(problem, config);
  const auto times = [&](int chunks) {
    return !most || tokens <= static_cast<std::int64_t>(*most) * chunks;
  };
  const int chunks = std::min(space.max_chunks, tokens);
  switch (config.overlap) {
    case Overlap::kNone:
    case Overlap::kSbo:
    case Overlap::kFused:
      return times(1);
    case Overlap::kChunk:
      return space.timing == Timing::kSchedule && chunks >= 2 && times(chunks);
    case Overlap::kDbo:
      break;
  }
  if (tokens < 2) return false;
  if (!most) return true;
  if (halves_only(problem, config)) return can_send_halves(space, config, *most);
  // `most` tokens in one transfer and the rest in as many as there are chunks: a micro-batch's
  // share of them is rounded up.
  return times(chunks + 1);
}

}  // namespace wideep
