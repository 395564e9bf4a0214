#include "model/overlap.h"

#include <algorithm>
#include <cmath>

#include "model/group_times.h"

namespace wideep {
namespace {

/// Guards ceil() against rounding in share * chunks, where the share itself was a division.
constexpr double kShareRounding = 1e-9;

Seconds steady_state_time(const LayerCosts& costs, const Config& config) {
  const Seconds comm = costs.comm_time(config.tokens, config.chunks);
  const Seconds compute = costs.compute_time(config.tokens);
  if (config.overlap == Overlap::kFused) return fused_bound(costs, config.tokens);
  return config.overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

}  // namespace

double slowdown_of(const LayerCosts& costs, Overlap overlap, Part part) {
  if (overlap == Overlap::kDbo) return costs.slowdown;
  const bool shared = part == Part::kShared;
  const bool shared_beside_combine = shared && costs.schedule == Schedule::kSglangSboSm100;
  if (overlap == Overlap::kSbo && (part == Part::kDown || shared_beside_combine)) {
    const double sms = costs.down.gpu_sms;
    return sms == 0.0 ? 1.0 : sms / (sms - single_batch_sms(costs.schedule));
  }
  return shared && costs.schedule != Schedule::kInOrder ? costs.slowdown : 1.0;
}

/// What of the experts' time is their last GEMM, beside which combine sends.
Seconds down_time(const LayerCosts& costs, double tokens) {
  const DownGemm& down = costs.down;
  const bool beside = costs.schedule != Schedule::kSglangSboSm100 || down.signals_on_sm100;
  return beside ? down.share * (costs.expert.time(tokens) - costs.expert.launch) : Seconds(0.0);
}

namespace {

/// How much longer compute takes, shared experts apart.
struct Slowdowns {
  double compute = 1.0;
  double shared = 1.0;
};

/// In the order of Part.
std::array<Seconds, kPartCount> parts_of(const LayerCosts& costs,
                                         const MicroBatch& batch,
                                         const Slowdowns& slow) {
  const auto [tokens, chunks] = batch;
  const DenseParts& dense = costs.dense;
  const Seconds prep = slow.compute * dense.prep.time(tokens);
  const Seconds core = slow.compute * (dense.core.time(tokens) + dense.gate.time(tokens));
  return {prep,
          core,
          prep + core,
          slow.shared * dense.shared.time(tokens),
          slow.compute * costs.expert.time(tokens),
          costs.dispatch.time(tokens, chunks),
          costs.combine.time(tokens, chunks),
          costs.dispatch.sm_held(tokens, chunks),
          costs.combine.sm_held(tokens, chunks)};
}

Durations dbo_durations(const LayerCosts& costs, const MicroBatches& batches) {
  const Slowdowns slow{costs.slowdown, costs.slowdown};
  return {{parts_of(costs, batches[0], slow), parts_of(costs, batches[1], slow)}};
}

}  // namespace

Durations durations_of(const LayerCosts& costs, const MicroBatches& batches, Overlap overlap) {
  if (overlap == Overlap::kDbo) return dbo_durations(costs, batches);
  const Slowdowns slow{slowdown_of(costs, overlap, Part::kExperts),
                       slowdown_of(costs, overlap, Part::kShared)};
  Durations durations{{parts_of(costs, batches[0], slow)}};
  // Nothing runs beside it.
  if (costs.dense.shared.time(batches[0].tokens) == Seconds(0.0)) {
    durations.set(Part::kDispatchHeld, Seconds(0.0));
    durations.set(Part::kCombineHeld, Seconds(0.0));
  }
  const double tokens = batches[0].tokens;
  if (overlap == Overlap::kFused) durations.set(Part::kFused, costs.fused->time(tokens));
  if (overlap == Overlap::kSbo) {
    const Seconds alone = down_time(costs, tokens);
    const Seconds down = slowdown_of(costs, overlap, Part::kDown) * alone;
    durations.set(Part::kGateUp, costs.expert.time(tokens) - alone);
    durations.set(Part::kDown, down);
    durations.set(Part::kDownFirst, down / costs.down.experts);
    durations.set(Part::kCombineLast, costs.combine.time(tokens / costs.down.experts));
  }
  return durations;
}

Seconds groups_time(const LayerCosts& costs, const Durations& durations, Overlap overlap) {
  Seconds steady;  // of a layer among many
  Seconds ends;    // what the first and the last take more than it
  for (const Group& group : groups_of(costs.schedule, overlap)) {
    const Seconds longest = durations.at(group);
    if (group.repeat != Repeat::kOnce) steady = steady + longest;
    if (group.repeat == Repeat::kOnce) ends = ends + longest;
    if (group.repeat == Repeat::kBetweenLayers) ends = ends - longest;
  }
  return steady + ends / costs.layers;
}

Seconds no_overlap_time(const LayerCosts& costs, double tokens) {
  // As groups_time, of which the tests hold it equal, but for what most evaluations of a search
  // are.
  const Seconds shared = costs.dense.shared.time(tokens);
  const Seconds dispatch = costs.dispatch.time(tokens);
  const Seconds combine = costs.combine.time(tokens);
  const Seconds rest = costs.dense.attention_time(tokens) + costs.expert.time(tokens);
  if (shared == Seconds(0.0)) return rest + dispatch + combine;
  switch (costs.schedule) {
    case Schedule::kVllmLl:
    case Schedule::kVllmHt:
      return rest + dispatch +
             std::max(combine, costs.slowdown * shared + costs.combine.sm_held(tokens));
    case Schedule::kSglangDecode:
    case Schedule::kSglangPrefill:
    case Schedule::kTrtllmDecode:
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      return rest + combine +
             std::max(dispatch, costs.slowdown * shared + costs.dispatch.sm_held(tokens));
    case Schedule::kInOrder:
      break;
  }
  return rest + shared + dispatch + combine;
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

Seconds dbo_time(const LayerCosts& costs, MicroBatch first, MicroBatch second) {
  PathTimes paths;
  set_path_times(costs.schedule, dbo_durations(costs, {first, second}), paths);
  return layer_of_paths(costs.schedule, costs.layers, paths);
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

Seconds fused_time(const LayerCosts& costs, double tokens) {
  return costs.dense.time(tokens) + costs.fused->time(tokens);
}

Seconds fused_bound(const LayerCosts& costs, double tokens) {
  return costs.dense.time(tokens) + costs.fused->bound(tokens);
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
    case Overlap::kSbo: {
      const MicroBatches whole = {MicroBatch{1.0 * config.tokens, 1.0}, MicroBatch{}};
      return groups_time(costs, durations_of(costs, whole, config.overlap), config.overlap);
    }
    case Overlap::kFused:
      return fused_time(costs, config.tokens);
    case Overlap::kDbo:
      break;
  }
  const auto [first, second] = micro_batches(config);
  return dbo_time(costs, first, second);
}

namespace {

/// Of single-batch overlap, with what the SMs that combine keeps cost compute.
BusyTimes single_batch(const LayerCosts& costs, double tokens) {
  const MicroBatches whole = {MicroBatch{tokens, 1.0}, MicroBatch{}};
  const Durations durations = durations_of(costs, whole, Overlap::kSbo);
  const auto at = [&](Part part) { return durations.at(Piece{part, 0}); };
  const bool held = costs.schedule == Schedule::kSglangSboSm90;
  return {.attention = at(Part::kAttention) + at(Part::kShared),
          .dispatch = at(Part::kDispatch),
          .experts = at(Part::kGateUp) + at(Part::kDown),
          .combine = at(Part::kCombine),
          .sm_held = held ? at(Part::kDispatchHeld) : Seconds(0.0)};
}

BusyTimes of_stages(const LayerCosts& costs, const Config& config, Timing timing) {
  const double tokens = config.tokens;
  const DenseParts& dense = costs.dense;
  if (config.overlap == Overlap::kFused) {
    const bool bound = timing == Timing::kSteadyState;
    const FusedCost& fused = *costs.fused;
    BusyTimes busy;
    busy.attention = dense.time(tokens);
    busy.fused = bound ? fused.bound(tokens) : fused.time(tokens);
    return busy;
  }
  if (config.overlap == Overlap::kSbo && timing == Timing::kSchedule) {
    return single_batch(costs, tokens);
  }
  const bool overlapped = timing == Timing::kSchedule && config.overlap != Overlap::kNone;
  const double slowdown = overlapped ? costs.slowdown : 1.0;
  double transfers = config.chunks;
  Seconds attention = dense.time(tokens);
  Seconds experts = slowdown * costs.expert.time(tokens);
  if (overlapped && config.overlap == Overlap::kDbo) {
    const auto [first, second] = micro_batches(config);
    transfers = first.chunks + second.chunks;
    attention = slowdown * (dense.time(first.tokens) + dense.time(second.tokens));
    experts = slowdown * (costs.expert.time(first.tokens) + costs.expert.time(second.tokens));
  } else if (overlapped) {  // attention runs before the first chunk is sent
    experts = slowdown * transfers * costs.expert.time(tokens / transfers);
  } else if (timing == Timing::kSchedule) {
    attention = dense.attention_time(tokens) +
                slowdown_of(costs, Overlap::kNone, Part::kShared) * dense.shared.time(tokens);
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

}  // namespace

BusyTimes busy_times(const LayerCosts& costs, const Config& config, Timing timing) {
  BusyTimes busy = of_stages(costs, config, timing);
  const bool twice = config.overlap == Overlap::kDbo && timing == Timing::kSchedule;
  busy.launches = (twice ? 2.0 * costs.slowdown : 1.0) * costs.launch_time;
  busy.attention = busy.attention - busy.launches;
  return busy;
}

double largest_transfer(const Config& config) {
  if (config.ep_width == 1) return 0.0;
  if (config.overlap != Overlap::kDbo) return 1.0 * config.tokens / config.chunks;
  const auto [first, second] = micro_batches(config);
  return std::max(first.tokens / first.chunks, second.tokens / second.chunks);
}

}  // namespace wideep
