#include "search/interval_bounds.h"

#include <algorithm>
#include <array>

#include "model/overlap.h"

namespace wideep {
namespace {

/// Of each micro-batch.
using OfBatches = std::array<bool, 2>;

/// Which sum is meant: what bounds each stage of either micro-batch, and which path of each group
/// is the longest.
struct Choice {
  OfBatches dispatch_floor{};
  OfBatches combine_floor{};
  OfBatches prep_weights{};
  OfBatches core_weights{};
  OfBatches gate_weights{};
  OfBatches shared_weights{};
  OfBatches expert_weights{};
  std::array<std::size_t, kMostGroups> path{};
};

/// The sum that is the layer time at that split.
Choice binding_at(const LayerCosts& costs, const MicroBatches& batches) {
  const DenseParts& dense = costs.dense;
  Choice choice;
  for (std::size_t at = 0; at < batches.size(); ++at) {
    const auto [tokens, chunks] = batches[at];
    choice.dispatch_floor[at] = costs.dispatch.floor_bound(tokens, chunks);
    choice.combine_floor[at] = costs.combine.floor_bound(tokens, chunks);
    choice.prep_weights[at] = dense.prep.weight_bound(tokens);
    choice.core_weights[at] = dense.core.weight_bound(tokens);
    choice.gate_weights[at] = dense.gate.weight_bound(tokens);
    choice.shared_weights[at] = dense.shared.weight_bound(tokens);
    choice.expert_weights[at] = costs.expert.weight_bound(tokens);
  }
  const Durations durations = durations_of(costs, batches, Overlap::kDbo);
  std::size_t at = 0;
  for (const Group& group : groups_of(costs.schedule, Overlap::kDbo)) {
    choice.path[at++] = durations.longest(group);
  }
  return choice;
}

Seconds transfer(const LinkCost& link, MicroBatch sent, bool floor) {
  const Seconds line = floor ? link.floors(sent.chunks) : link.moving(sent.tokens, sent.chunks);
  return line + link.beyond(sent.tokens, sent.chunks);
}

Seconds dense_work(const DenseWork& dense, double tokens, bool weights) {
  const Seconds work = weights ? dense.weight_read : tokens * dense.compute_per_token;
  return dense.fixed + work + tokens * dense.per_token;
}

Seconds experts(const ExpertCost& expert, double tokens, bool weights) {
  const double active = expert.active(tokens);
  return expert.launch + (weights ? active * expert.weight_read
                                  : active * expert.fixed + tokens * expert.per_token);
}

/// durations_of with each maximum settled as the choice says.
Durations settled(const LayerCosts& costs, const MicroBatches& batches, const Choice& choice) {
  const double slow = costs.slowdown;
  const DenseParts& dense = costs.dense;
  Durations durations;
  for (std::size_t at = 0; at < batches.size(); ++at) {
    const MicroBatch batch = batches[at];
    const double tokens = batch.tokens;
    const Seconds prep = slow * dense_work(dense.prep, tokens, choice.prep_weights[at]);
    const Seconds core = slow * (dense_work(dense.core, tokens, choice.core_weights[at]) +
                                 dense_work(dense.gate, tokens, choice.gate_weights[at]));
    // In the order of Part.
    durations.of[at] = {prep,
                        core,
                        prep + core,
                        slow * dense_work(dense.shared, tokens, choice.shared_weights[at]),
                        slow * experts(costs.expert, tokens, choice.expert_weights[at]),
                        transfer(costs.dispatch, batch, choice.dispatch_floor[at]),
                        transfer(costs.combine, batch, choice.combine_floor[at]),
                        costs.dispatch.sm_held(tokens, batch.chunks),
                        costs.combine.sm_held(tokens, batch.chunks)};
  }
  return durations;
}

Seconds sum_of(const LayerCosts& costs, const MicroBatches& batches, const Choice& choice) {
  const Durations durations = settled(costs, batches, choice);
  Seconds sum;
  std::size_t at = 0;
  for (const Group& group : groups_of(costs.schedule, Overlap::kDbo)) {
    sum =
        sum + weight_of(group.repeat, costs.layers) * durations.at(group.paths[choice.path[at++]]);
  }
  return sum;
}

}  // namespace

Seconds splits_bound(const Cell& cell, int chunks, int lo, int hi) {
  // Fewer transfers are never slower: the fewest of the range bound the others.
  const double first_chunks = micro_batches(cell.tokens, lo, chunks)[0].chunks;
  const double second_chunks = micro_batches(cell.tokens, hi, chunks)[1].chunks;
  const auto at = [&](double first) {
    return MicroBatches{{{first, first_chunks}, {cell.tokens - first, second_chunks}}};
  };
  const MicroBatches low = at(lo);
  const MicroBatches high = at(hi);
  Seconds bound;
  for (const MicroBatches& probe : {low, at(0.5 * (lo + hi)), high}) {
    const Choice choice = binding_at(cell.costs, probe);
    bound = std::max(bound,
                     std::min(sum_of(cell.costs, low, choice), sum_of(cell.costs, high, choice)));
  }
  return kBoundSlack * bound;
}

Seconds chunks_bound(const Cell& cell, int lo, int hi) {
  const LayerCosts& costs = cell.costs;
  const double smallest = static_cast<double>(cell.tokens) / hi;
  const Seconds d = costs.dispatch.time(smallest);
  const Seconds e = chunk_experts_time(costs, smallest);
  const Seconds b = costs.combine.time(smallest);
  const Seconds all_d = costs.dispatch.time(cell.tokens, lo);
  const Seconds all_b = costs.combine.time(cell.tokens, lo);
  const double largest = static_cast<double>(cell.tokens) / lo;
  const Seconds all_e = lo * chunk_experts_time(costs, largest);
  return kBoundSlack * (costs.dense.time(cell.tokens) +
                        std::max({all_d + all_b, all_d + e + b, d + all_e + b, d + e + all_b}));
}

}  // namespace wideep
