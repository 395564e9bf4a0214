#include "search/interval_bounds.h"

#include <algorithm>
#include <array>

#include "model/overlap.h"

namespace wideep {
namespace {

/// The two micro-batches of one split.
struct Split {
  MicroBatch first;
  MicroBatch second;
};

/// Which sum is meant: what bounds each stage of either micro-batch, and what is longer in each
/// slot.
struct Choice {
  std::array<bool, 2> dispatch_floor{};
  std::array<bool, 2> combine_floor{};
  std::array<bool, 2> dense_weights{};
  std::array<bool, 2> expert_weights{};
  std::array<bool, 4> compute{};  ///< in the order of the slots
};

/// The sum that is the layer time at that split.
Choice binding_at(const LayerCosts& costs, const Split& split) {
  Choice choice;
  const std::array<MicroBatch, 2> batches = {split.first, split.second};
  for (std::size_t at = 0; at < batches.size(); ++at) {
    const auto [tokens, chunks] = batches[at];
    choice.dispatch_floor[at] = costs.dispatch.floor_bound(tokens, chunks);
    choice.combine_floor[at] = costs.combine.floor_bound(tokens, chunks);
    choice.dense_weights[at] = costs.dense.weight_bound(tokens);
    choice.expert_weights[at] = costs.expert.weight_bound(tokens);
  }
  const DboLayer layer = dbo_layer(costs, split.first, split.second);
  std::size_t slot = 0;
  for (const Slot& shape :
       {layer.attention_1, layer.attention_2, layer.experts_1, layer.experts_2}) {
    choice.compute[slot++] = shape.compute > shape.link;
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

Seconds sum_of(const LayerCosts& costs, const Split& split, const Choice& choice) {
  const auto& [one, two] = split;
  const double slow = costs.slowdown;
  const auto slot = [&](bool computes, Seconds compute, Seconds moved, Seconds held) {
    return computes ? slow * compute + held : moved;
  };
  const Seconds a1 = attention(costs.dense, one.tokens, choice.dense_weights[0]);
  const Seconds b2 = transfer(costs.combine, two, choice.combine_floor[1]);
  const Seconds steady =
      slot(choice.compute[0], a1, b2, costs.combine.sm_held(two.tokens, two.chunks));
  const double share = 1.0 / costs.layers;
  return (1.0 - share) * steady + share * (slow * a1 + b2) +
         slot(choice.compute[1],
              attention(costs.dense, two.tokens, choice.dense_weights[1]),
              transfer(costs.dispatch, one, choice.dispatch_floor[0]),
              costs.dispatch.sm_held(one.tokens, one.chunks)) +
         slot(choice.compute[2],
              experts(costs.expert, one.tokens, choice.expert_weights[0]),
              transfer(costs.dispatch, two, choice.dispatch_floor[1]),
              costs.dispatch.sm_held(two.tokens, two.chunks)) +
         slot(choice.compute[3],
              experts(costs.expert, two.tokens, choice.expert_weights[1]),
              transfer(costs.combine, one, choice.combine_floor[0]),
              costs.combine.sm_held(one.tokens, one.chunks));
}

}  // namespace

Seconds splits_bound(const Cell& cell, int chunks, int lo, int hi) {
  // Fewer transfers are never slower: the fewest of the range bound the others.
  const double first_chunks = micro_batches(cell.tokens, lo, chunks)[0].chunks;
  const double second_chunks = micro_batches(cell.tokens, hi, chunks)[1].chunks;
  const auto at = [&](double first) {
    return Split{{first, first_chunks}, {cell.tokens - first, second_chunks}};
  };
  const Split low = at(lo);
  const Split high = at(hi);
  Seconds bound;
  for (const Split& probe : {low, at(0.5 * (lo + hi)), high}) {
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
