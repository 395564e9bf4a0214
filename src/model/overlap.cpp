#include "model/overlap.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

/// Guards ceil() against rounding in share * chunks, where the share itself was a division.
constexpr double kShareRounding = 1e-9;

Seconds steady_state_time(const LayerCosts& costs, const Config& config) {
  const Seconds comm = costs.comm_time(config.tokens, config.chunks);
  const Seconds compute = costs.compute_time(config.tokens);
  return config.overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

}  // namespace

Seconds no_overlap_time(const LayerCosts& costs, double tokens) {
  return costs.dispatch.time(tokens) + costs.compute_time(tokens) + costs.combine.time(tokens);
}

Seconds chunk_experts_time(const LayerCosts& costs, double tokens) {
  return costs.slowdown * costs.expert.time(tokens) + costs.dispatch.sm_held(tokens) +
         costs.combine.sm_held(tokens);
}

std::array<Seconds, kChunkTermCount> chunk_terms(const LayerCosts& costs,
                                                 double tokens,
                                                 double chunks) {
  const double piece = tokens / chunks;
  const Seconds d = costs.dispatch.time(piece);
  const Seconds e = chunk_experts_time(costs, piece);
  const Seconds b = costs.combine.time(piece);
  return {chunks * (d + b), chunks * d + e + b, d + chunks * e + b, d + e + chunks * b};
}

Seconds chunk_time(const LayerCosts& costs, double tokens, double chunks) {
  const auto terms = chunk_terms(costs, tokens, chunks);
  return costs.dense.time(tokens) + *std::max_element(terms.begin(), terms.end());
}

DboLayer dbo_layer(const LayerCosts& costs, MicroBatch first, MicroBatch second) {
  const MicroBatches batches = {first, second};
  DboLayer layer{.slots = {},
                 .first_attention = costs.slowdown * costs.dense.time(first.tokens),
                 .layers = costs.layers};
  for (std::size_t at = 0; at < kDboSlots.size(); ++at) {
    const SlotShape& shape = kDboSlots[at];
    const double tokens = batches[shape.computing].tokens;
    const LinkCost& link = link_of(costs, shape);
    const MicroBatch sent = batches[shape.sending];
    const Seconds compute = shape.experts ? costs.expert.time(tokens) : costs.dense.time(tokens);
    layer.slots[at] = {
        .link = link.time(sent.tokens, sent.chunks),
        .compute = costs.slowdown * compute + link.sm_held(sent.tokens, sent.chunks)};
  }
  return layer;
}

int micro_batch_chunks(double share, int chunks) {
  return std::max(1, static_cast<int>(std::ceil(share * chunks - kShareRounding)));
}

MicroBatches micro_batches(double tokens, double first_tokens, int chunks) {
  const double share = first_tokens / tokens;
  const double rest = tokens - first_tokens;
  return {MicroBatch{first_tokens, static_cast<double>(micro_batch_chunks(share, chunks))},
          MicroBatch{rest, static_cast<double>(micro_batch_chunks(rest / tokens, chunks))}};
}

MicroBatches micro_batches(const Config& config) {
  return micro_batches(config.tokens, config.first_tokens, config.chunks);
}

Seconds dbo_bound(const LayerCosts& costs, double tokens) {
  return std::max(costs.comm_time(tokens), costs.compute_time(tokens));
}

Seconds layer_time(const LayerCosts& costs, const Config& config, Timing timing) {
  if (timing == Timing::kSteadyState) return steady_state_time(costs, config);
  switch (config.overlap) {
    case Overlap::kNone:
      return no_overlap_time(costs, config.tokens);
    case Overlap::kChunk:
      return chunk_time(costs, config.tokens, config.chunks);
    case Overlap::kDbo:
      break;
  }
  const auto [first, second] = micro_batches(config);
  return dbo_layer(costs, first, second).total();
}

BusyTimes busy_times(const LayerCosts& costs, const Config& config, Timing timing) {
  const double tokens = config.tokens;
  const bool overlapped = timing == Timing::kSchedule && config.overlap != Overlap::kNone;
  const double slowdown = overlapped ? costs.slowdown : 1.0;
  double transfers = config.chunks;
  Seconds attention = slowdown * costs.dense.time(tokens);
  Seconds experts = slowdown * costs.expert.time(tokens);
  if (overlapped && config.overlap == Overlap::kDbo) {
    const auto [first, second] = micro_batches(config);
    transfers = first.chunks + second.chunks;
    attention = slowdown * (costs.dense.time(first.tokens) + costs.dense.time(second.tokens));
    experts = slowdown * (costs.expert.time(first.tokens) + costs.expert.time(second.tokens));
  } else if (overlapped) {
    attention = costs.dense.time(tokens);  // runs before the first chunk is sent
    experts = slowdown * transfers * costs.expert.time(tokens / transfers);
  }
  BusyTimes busy{.attention = attention,
                 .dispatch = costs.dispatch.time(tokens, transfers),
                 .experts = experts,
                 .combine = costs.combine.time(tokens, transfers)};
  if (overlapped) {
    busy.sm_held =
        costs.dispatch.sm_held(tokens, transfers) + costs.combine.sm_held(tokens, transfers);
  }
  return busy;
}

double largest_transfer(const Config& config) {
  if (config.ep_width == 1) return 0.0;
  if (config.overlap != Overlap::kDbo) return 1.0 * config.tokens / config.chunks;
  const auto [first, second] = micro_batches(config);
  return std::max(first.tokens / first.chunks, second.tokens / second.chunks);
}

}  // namespace wideep
