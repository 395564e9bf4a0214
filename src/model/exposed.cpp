#include "model/exposed.h"

#include <algorithm>

#include "model/overlap.h"

namespace wideep {
namespace {

/// Adds up pieces of a layer, each as often as it counts.
class Sum {
 public:
  explicit Sum(const LayerCosts& costs) : costs_(costs) {}

  void transfer(const LinkCost& link, MicroBatch sent, double times) {
    if (link.floor_bound(sent.tokens, sent.chunks)) {
      add(Term::kLatency, times * link.floors(sent.chunks));
    } else {
      add(Term::kLatency, times * sent.chunks * link.latency);
      add(Term::kBandwidth, times * sent.tokens * link.per_token);
    }
    add(Term::kBandwidth, times * link.beyond(sent.tokens, sent.chunks));
  }

  void experts(double tokens, double times) {
    const ExpertCost& expert = costs_.expert;
    const Seconds work = expert.time(tokens) - expert.launch;
    add(Term::kLaunch, times * expert.launch);
    add(expert.weight_bound(tokens) ? Term::kWeights : Term::kCompute, times * work);
  }

  void dense(double tokens, double times) { attention(costs_.dense.time(tokens), times); }

  void attention(Seconds time, double times) { add(Term::kAttention, times * time); }

  void sm_held(const LinkCost& link, MicroBatch sent, double times) {
    add(Term::kSmHeld, times * link.sm_held(sent.tokens, sent.chunks));
  }

  [[nodiscard]] const ExposedTimes& times() const { return times_; }

 private:
  void add(Term term, Seconds time) {
    Seconds& sum = times_.of[static_cast<std::size_t>(term)];
    sum = sum + time;
  }

  const LayerCosts& costs_;
  ExposedTimes times_;
};

/// Of each group its longest path.
ExposedTimes of_groups(const LayerCosts& costs, const MicroBatches& batches, Overlap overlap) {
  const Durations durations = durations_of(costs, batches, overlap);
  const double slow = slowdown_of(costs, overlap, Part::kExperts);
  Sum sum(costs);
  const auto add = [&](Piece piece, double times) {
    const MicroBatch batch = batches[piece.batch];
    switch (piece.part) {
      case Part::kPrep:
      case Part::kCore:
      case Part::kAttention:
      case Part::kShared:
        return sum.attention(durations.at(piece), times);
      case Part::kExperts:
        return sum.experts(batch.tokens, times * slow);
      case Part::kDispatch:
        return sum.transfer(costs.dispatch, batch, times);
      case Part::kCombine:
        return sum.transfer(costs.combine, batch, times);
      case Part::kDispatchHeld:
        return sum.sm_held(costs.dispatch, batch, times);
      case Part::kCombineHeld:
        return sum.sm_held(costs.combine, batch, times);
    }
  };
  for (const Group& group : groups_of(costs.schedule, overlap)) {
    const double times = weight_of(group.repeat, costs.layers);
    for (const Piece piece : group.paths[durations.longest(group)]) add(piece, times);
  }
  return sum.times();
}

/// Both transfers and all compute, nothing beside anything.
ExposedTimes one_after_the_other(const LayerCosts& costs, MicroBatch batch) {
  Sum sum(costs);
  sum.dense(batch.tokens, 1.0);
  sum.transfer(costs.dispatch, batch, 1.0);
  sum.experts(batch.tokens, 1.0);
  sum.transfer(costs.combine, batch, 1.0);
  return sum.times();
}

ExposedTimes steady_overlap(const LayerCosts& costs, MicroBatch batch) {
  Sum sum(costs);
  if (costs.comm_time(batch.tokens, batch.chunks) > costs.compute_time(batch.tokens)) {
    sum.transfer(costs.dispatch, batch, 1.0);
    sum.transfer(costs.combine, batch, 1.0);
  } else {
    sum.dense(batch.tokens, 1.0);
    sum.experts(batch.tokens, 1.0);
  }
  return sum.times();
}

ExposedTimes of_chunks(const LayerCosts& costs, double tokens, double chunks) {
  struct Counts {
    double dispatches, experts, combines;
  };
  const std::array<Counts, kChunkTermCount> counts = {
      {{chunks, 0.0, chunks}, {chunks, 1.0, 1.0}, {1.0, chunks, 1.0}, {1.0, 1.0, chunks}}};
  const auto terms = chunk_terms(costs, tokens, chunks);
  const auto longest = std::max_element(terms.begin(), terms.end()) - terms.begin();
  const auto [dispatches, experts, combines] = counts[static_cast<std::size_t>(longest)];
  const MicroBatch piece{tokens / chunks, 1.0};
  Sum sum(costs);
  sum.dense(tokens, 1.0);
  sum.transfer(costs.dispatch, piece, dispatches);
  sum.transfer(costs.combine, piece, combines);
  sum.experts(piece.tokens, experts * costs.slowdown);
  sum.sm_held(costs.dispatch, piece, experts);
  sum.sm_held(costs.combine, piece, experts);
  return sum.times();
}

}  // namespace

ExposedTimes exposed_times(const LayerCosts& costs, const Config& config, Timing timing) {
  const double tokens = config.tokens;
  const MicroBatch whole{tokens, static_cast<double>(config.chunks)};
  if (timing == Timing::kSteadyState) {
    return config.overlap == Overlap::kDbo ? steady_overlap(costs, whole)
                                           : one_after_the_other(costs, whole);
  }
  if (config.overlap == Overlap::kChunk) return of_chunks(costs, tokens, config.chunks);
  const MicroBatches batches =
      config.overlap == Overlap::kDbo ? micro_batches(config) : MicroBatches{whole, MicroBatch{}};
  return of_groups(costs, batches, config.overlap);
}

Term largest_term(const ExposedTimes& exposed) {
  const auto& of = exposed.of;
  return static_cast<Term>(std::max_element(of.begin(), of.end()) - of.begin());
}

}  // namespace wideep
