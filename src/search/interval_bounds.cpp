#include "search/interval_bounds.h"

#include <algorithm>
#include <array>

#include "model/overlap.h"

namespace wideep {
namespace {

/// Which sum is meant: what bounds each stage of either micro-batch, and what is longer in each
/// slot.
struct Choice {
  std::array<bool, 2> dispatch_floor{};
  std::array<bool, 2> combine_floor{};
  std::array<bool, 2> dense_weights{};
  std::array<bool, 2> expert_weights{};
  std::array<bool, kDboSlots.size()> compute{};
};

/// The sum that is the layer time at that split.
Choice binding_at(const LayerCosts& costs, const MicroBatches& batches) {
  Choice choice;
  for (std::size_t at = 0; at < batches.size(); ++at) {
    const auto [tokens, chunks] = batches[at];
    choice.dispatch_floor[at] = costs.dispatch.floor_bound(tokens, chunks);
    choice.combine_floor[at] = costs.combine.floor_bound(tokens, chunks);
    choice.dense_weights[at] = costs.dense.weight_bound(tokens);
    choice.expert_weights[at] = costs.expert.weight_bound(tokens);
  }
  const DboLayer layer = dbo_layer(costs, batches[0], batches[1]);
  for (std::size_t at = 0; at < kDboSlots.size(); ++at) {
    choice.compute[at] = layer.slots[at].computes();
  }
  return choice;
}

Seconds transfer(const LinkCost& link, MicroBatch sent, bool floor) {
  const Seconds line = floor ? link.floors(sent.chunks) : link.moving(sent.tokens, sent.chunks);
  return line + link.beyond(sent.tokens, sent.chunks);
}

Seconds attention(const DenseWork& dense, double tokens, bool weights) {
  const Seconds work = weights ? dense.weight_read : tokens * dense.compute_per_token;
  return dense.fixed + work + tokens * dense.per_token;
}

Seconds experts(const ExpertCost& expert, double tokens, bool weights) {
  const double active = expert.active(tokens);
  return expert.launch + (weights ? active * expert.weight_read
                                  : active * expert.fixed + tokens * expert.per_token);
}

Seconds sum_of(const LayerCosts& costs, const MicroBatches& batches, const Choice& choice) {
  const double slow = costs.slowdown;
  const double share = 1.0 / costs.layers;
  Seconds sum;
  for (std::size_t at = 0; at < kDboSlots.size(); ++at) {
    const SlotShape& shape = kDboSlots[at];
    const MicroBatch sent = batches[shape.sending];
    const double tokens = batches[shape.computing].tokens;
    const Seconds compute =
        shape.experts ? experts(costs.expert, tokens, choice.expert_weights[shape.computing])
                      : attention(costs.dense, tokens, choice.dense_weights[shape.computing]);
    const auto& floors = shape.dispatch ? choice.dispatch_floor : choice.combine_floor;
    const LinkCost& link = link_of(costs, shape);
    const Seconds moved = transfer(link, sent, floors[shape.sending]);
    const Seconds slot =
        choice.compute[at] ? slow * compute + link.sm_held(sent.tokens, sent.chunks) : moved;
    sum = sum + (at == 0 ? (1.0 - share) * slot + share * (slow * compute + moved) : slot);
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
