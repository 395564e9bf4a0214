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
    const bool latency = link.law != nullptr && link.law->of_latency;
    add(latency ? Term::kLatency : Term::kBandwidth, times * link.beyond(sent.tokens, sent.chunks));
  }

  void experts(double tokens, double times) {
    const ExpertCost& expert = costs_.expert;
    const Seconds work = expert.time(tokens) - expert.launch;
    add(Term::kLaunch, times * expert.launch);
    add(expert.weight_bound(tokens) ? Term::kWeights : Term::kCompute, times * work);
  }

  void dense(double tokens, double times) { attention(costs_.dense.time(tokens), times, 1.0); }

  /// What the host launches of it is slowed alike.
  void attention(Seconds time, double times, double slow) {
    const Seconds launches = slow * costs_.launch_time;
    add(Term::kLaunch, times * launches);
    add(Term::kAttention, times * (time - launches));
  }

  /// Dense work beside which nothing is launched.
  void other_dense(Seconds time, double times) { add(Term::kAttention, times * time); }

  /// The longest of a fused kernel's parts accounts for what they take together.
  void fused(double tokens, Seconds time, double times) {
    const FusedCost& fused = *costs_.fused;
    const auto parts = fused.parts(tokens);
    constexpr std::array kTerms = {Term::kWeights, Term::kCompute, Term::kBandwidth};
    const auto longest = std::max_element(parts.begin(), parts.end()) - parts.begin();
    add(Term::kLaunch, times * fused.expert.launch);
    add(kTerms.at(static_cast<std::size_t>(longest)), times * (time - fused.expert.launch));
  }

  /// What is not all of the experts' time.
  void experts_part(double tokens, Seconds part, Seconds launch, double times) {
    add(Term::kLaunch, times * launch);
    const bool weights = costs_.expert.weight_bound(tokens);
    add(weights ? Term::kWeights : Term::kCompute, times * (part - launch));
  }

  /// What is not all of a combine: its latency, and the rest.
  void combine_part(Seconds part, double times) {
    const Seconds latency = std::min(part, std::max(costs_.combine.latency, costs_.combine.floor));
    add(Term::kLatency, times * latency);
    add(Term::kBandwidth, times * (part - latency));
  }

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
      case Part::kShared:
        return sum.other_dense(durations.at(piece), times);
      case Part::kCore:
      case Part::kAttention:
        return sum.attention(durations.at(piece), times, slow);
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
      case Part::kGateUp:
        return sum.experts_part(batch.tokens, durations.at(piece), costs.expert.launch, times);
      case Part::kDown:
      case Part::kDownFirst:
        return sum.experts_part(batch.tokens, durations.at(piece), Seconds(0.0), times);
      case Part::kCombineLast:
        return sum.combine_part(durations.at(piece), times);
      case Part::kFused:
        return sum.fused(batch.tokens, durations.at(piece), times);
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
    if (config.overlap == Overlap::kFused) {
      Sum sum(costs);
      sum.dense(tokens, 1.0);
      sum.fused(tokens, costs.fused->bound(tokens), 1.0);
      return sum.times();
    }
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
