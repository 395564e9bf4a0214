#include "model/chunk_pays.h"

#include <algorithm>

#include "model/overlap.h"
#include "model/transfers.h"

namespace wideep {
namespace {

ChunkPays never(const std::string& reason) {
  return {.from = {{}, reason}, .best = {{}, reason}};
}

/// Times that differ by less, relatively, are equal.
constexpr double kTie = 1e-12;

}  // namespace

ChunkPays chunk_pays(const Problem& problem, const Config& config, const LayerCosts& costs) {
  const int tokens = config.tokens;
  const int most = std::min(problem.space.max_chunks, tokens);
  if (problem.space.timing == Timing::kSteadyState) {
    return never("chunks do not exist under timing: steady_state");
  }
  if (tokens < 2) return never("a batch of 1 token cannot be cut");
  if (most < 2) return never("max_chunks is 1");
  const auto limit = most_in_transfer(problem, config);
  if (exceeds_transfer_limit(limit, static_cast<double>(tokens) / most)) {
    return never("even " + std::to_string(most) + " chunks, the most here, hold more than the " +
                 std::to_string(*limit) + " tokens that " +
                 problem.fabric.kernels[config.kernel].name + " takes in one transfer");
  }
  const Seconds none = no_overlap_time(costs, tokens);
  Seconds fastest = none;
  ChunkPays found;
  for (int count = 2; count <= most; ++count) {
    if (exceeds_transfer_limit(limit, static_cast<double>(tokens) / count)) continue;
    const Seconds time = chunk_time(costs, tokens, count);
    if (time < none * (1.0 - kTie)) found.most = count;
    if (time < fastest * (1.0 - kTie)) {
      fastest = time;
      found.best_count = count;
    }
  }
  if (found.most == 0) {
    if (most == 2) return never("2 chunks are no faster than no overlap");
    return never("no number of chunks from 2 to " + std::to_string(most) +
                 " is faster than no overlap");
  }
  const Bytes volume = tokens * costs.dispatch_per_token;
  found.from.value = volume / found.most;
  found.best.value = volume / found.best_count;
  return found;
}

}  // namespace wideep
