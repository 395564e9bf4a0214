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

  void attention(double tokens, double times) {
    add(Term::kAttention, times * costs_.dense.time(tokens));
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

ExposedTimes one_after_the_other(const LayerCosts& costs, MicroBatch batch) {
  Sum sum(costs);
  sum.attention(batch.tokens, 1.0);
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
    sum.attention(batch.tokens, 1.0);
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
  sum.attention(tokens, 1.0);
  sum.transfer(costs.dispatch, piece, dispatches);
  sum.transfer(costs.combine, piece, combines);
  sum.experts(piece.tokens, experts * costs.slowdown);
  sum.sm_held(costs.dispatch, piece, experts);
  sum.sm_held(costs.combine, piece, experts);
  return sum.times();
}

ExposedTimes of_micro_batches(const LayerCosts& costs, const MicroBatches& batches) {
  const DboLayer layer = dbo_layer(costs, batches[0], batches[1]);
  const double share = 1.0 / layer.layers;
  Sum sum(costs);
  const auto compute = [&](const SlotShape& shape, double times) {
    const double tokens = batches[shape.computing].tokens;
    shape.experts ? sum.experts(tokens, times) : sum.attention(tokens, times);
  };
  for (std::size_t at = 0; at < kDboSlots.size(); ++at) {
    const SlotShape& shape = kDboSlots[at];
    const LinkCost& link = link_of(costs, shape);
    const MicroBatch sent = batches[shape.sending];
    // In the first of all layers nothing runs beside the first attention, in the last nothing
    // beside the last transfer.
    const bool ramp = at == 0;
    const double times = ramp ? 1.0 - share : 1.0;
    const bool computes = layer.slots[at].computes();
    if (computes) {
      sum.sm_held(link, sent, times);
    } else {
      sum.transfer(link, sent, times);
    }
    compute(shape, computes ? times * costs.slowdown : 0.0);
    if (!ramp) continue;
    compute(shape, costs.slowdown * share);
    sum.transfer(link, sent, share);
  }
  return sum.times();
}

}  // namespace

ExposedTimes exposed_times(const LayerCosts& costs, const Config& config, Timing timing) {
  const double tokens = config.tokens;
  const MicroBatch whole{tokens, static_cast<double>(config.chunks)};
  if (config.overlap == Overlap::kNone) return one_after_the_other(costs, whole);
  if (timing == Timing::kSteadyState) return steady_overlap(costs, whole);
  if (config.overlap == Overlap::kChunk) return of_chunks(costs, tokens, config.chunks);
  return of_micro_batches(costs, micro_batches(config));
}

Term largest_term(const ExposedTimes& exposed) {
  const auto& of = exposed.of;
  return static_cast<Term>(std::max_element(of.begin(), of.end()) - of.begin());
}

}  // namespace wideep
