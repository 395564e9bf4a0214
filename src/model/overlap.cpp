#include "model/overlap.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

/// Guards ceil() against rounding in share * chunks, where the share itself was a division.
constexpr double kRounding = 1e-9;

Seconds steady_state_time(const LayerCosts& costs, double tokens, const Config& config) {
  const Seconds comm = costs.comm_time(tokens, config.chunks);
  const Seconds compute = costs.expert_time(tokens);
  return config.overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

}  // namespace

Seconds no_overlap_time(const LayerCosts& costs, double tokens) {
  return costs.dispatch.time(tokens) + costs.expert_time(tokens) + costs.combine.time(tokens);
}

std::array<Seconds, kChunkTermCount> chunk_terms(const LayerCosts& costs,
                                                 double tokens,
                                                 double chunks) {
  const double piece = tokens / chunks;
  const Seconds d = costs.dispatch.time(piece);
  const Seconds e = costs.expert_time(piece);
  const Seconds b = costs.combine.time(piece);
  return {chunks * (d + b), chunks * d + e + b, d + chunks * e + b, d + e + chunks * b};
}

Seconds chunk_time(const LayerCosts& costs, double tokens, double chunks) {
  const auto terms = chunk_terms(costs, tokens, chunks);
  return *std::max_element(terms.begin(), terms.end());
}

DboSlots dbo_slots(const LayerCosts& costs, MicroBatch first, MicroBatch second) {
  return {.combine_2 = costs.combine.time(second.tokens, second.chunks),
          .dispatch_1 = costs.dispatch.time(first.tokens, first.chunks),
          .experts_1_dispatch_2 = std::max(costs.expert_time(first.tokens),
                                           costs.dispatch.time(second.tokens, second.chunks)),
          .experts_2_combine_1 = std::max(costs.expert_time(second.tokens),
                                          costs.combine.time(first.tokens, first.chunks))};
}

std::array<Seconds, kDboTermCount> dbo_terms(const LayerCosts& costs,
                                             MicroBatch first,
                                             MicroBatch second) {
  const Seconds ramps = costs.combine.time(second.tokens, second.chunks) +
                        costs.dispatch.time(first.tokens, first.chunks);
  const Seconds e1 = costs.expert_time(first.tokens);
  const Seconds d2 = costs.dispatch.time(second.tokens, second.chunks);
  const Seconds e2 = costs.expert_time(second.tokens);
  const Seconds b1 = costs.combine.time(first.tokens, first.chunks);
  return {ramps + e1 + e2, ramps + e1 + b1, ramps + d2 + e2, ramps + d2 + b1};
}

int micro_batch_chunks(double share, int chunks) {
  return std::max(1, static_cast<int>(std::ceil(share * chunks - kRounding)));
}

std::array<MicroBatch, 2> micro_batches(double tokens, double first_tokens, int chunks) {
  const double share = first_tokens / tokens;
  const double rest = tokens - first_tokens;
  return {MicroBatch{first_tokens, static_cast<double>(micro_batch_chunks(share, chunks))},
          MicroBatch{rest, static_cast<double>(micro_batch_chunks(rest / tokens, chunks))}};
}

Seconds dbo_bound(const LayerCosts& costs, double tokens) {
  return std::max(costs.comm_time(tokens), costs.expert_time(tokens));
}

Seconds layer_time(const LayerCosts& costs, double tokens, const Config& config, Timing timing) {
  if (timing == Timing::kSteadyState) return steady_state_time(costs, tokens, config);
  switch (config.overlap) {
    case Overlap::kNone:
      return no_overlap_time(costs, tokens);
    case Overlap::kChunk:
      return chunk_time(costs, tokens, config.chunks);
    case Overlap::kDbo:
      break;
  }
  const auto [first, second] = micro_batches(tokens, config.first_tokens, config.chunks);
  return dbo_slots(costs, first, second).total();
}

BusyTimes busy_times(const LayerCosts& costs, double tokens, const Config& config, Timing timing) {
  double transfers = config.chunks;
  if (timing == Timing::kSchedule && config.overlap == Overlap::kDbo) {
    const auto [first, second] = micro_batches(tokens, config.first_tokens, config.chunks);
    transfers = first.chunks + second.chunks;
  }
  return {.dispatch = costs.dispatch.time(tokens, transfers),
          .experts = costs.expert_time(tokens),
          .combine = costs.combine.time(tokens, transfers)};
}

double largest_transfer(double tokens, const Config& config) {
  if (config.ep_width == 1) return 0.0;
  if (config.overlap != Overlap::kDbo) return tokens / config.chunks;
  const auto [first, second] = micro_batches(tokens, config.first_tokens, config.chunks);
  return std::max(first.tokens / first.chunks, second.tokens / second.chunks);
}

}  // namespace wideep
