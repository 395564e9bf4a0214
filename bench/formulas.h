#pragma once

#include <array>

#include "counted.h"
#include "model/layer_costs.h"

/// The formulas of docs/model.md over numbers that count, as they stand there for DeepEP LL in
/// vLLM's order. What an evaluation is given is the batch, the chunks and the split; all else is of
/// the cell.
namespace wideep::formulas {

/// max( n F, n L + T u )
inline Counted time(const LinkCost& link, const Counted& tokens, const Counted& chunks) {
  return max(chunks * link.floor.base(),
             chunks * link.latency.base() + tokens * link.per_token.base());
}

inline Counted held(const LinkCost& link, const Counted& tokens, const Counted& chunks) {
  return chunks * link.sm_time.base() + tokens * link.sm_time_per_token.base();
}

/// a + max( N w, N c0 + T c1 ),  N = N_local (1 - (1 - k/S)^(P r / k))
inline Counted time(const ExpertCost& expert, const Counted& tokens) {
  const Counted active = expert.local_experts == 0.0
                             ? Counted(0.0)
                             : Counted(-expert.local_experts) * expm1(tokens * expert.log_idle);
  return expert.launch.base() +
         max(active * expert.weight_read.base(),
             active * expert.fixed.base() + tokens * expert.per_token.base());
}

/// fixed + max( weight_read, T compute_per_token ) + T per_token
inline Counted time(const DenseWork& work, const Counted& tokens) {
  return work.fixed.base() + max(work.weight_read.base(), tokens * work.compute_per_token.base()) +
         tokens * work.per_token.base();
}

/// What is before the shared experts.
inline Counted attention(const LayerCosts& costs, const Counted& tokens) {
  return time(costs.dense.prep, tokens) + time(costs.dense.core, tokens) +
         time(costs.dense.gate, tokens);
}

/// docs/model.md#none
inline Counted none(const LayerCosts& costs, const Counted& tokens) {
  const Counted shared = time(costs.dense.shared, tokens);
  Counted combine = time(costs.combine, tokens, 1.0);
  if (!shared.is_zero()) {
    combine = max(combine, costs.slowdown * shared + held(costs.combine, tokens, 1.0));
  }
  return attention(costs, tokens) + time(costs.dispatch, tokens, 1.0) + time(costs.expert, tokens) +
         combine;
}

/// docs/model.md#chunk
inline Counted chunk(const LayerCosts& costs, const Counted& tokens, const Counted& chunks) {
  const Counted piece = tokens / chunks;
  const Counted d = time(costs.dispatch, piece, 1.0);
  const Counted b = time(costs.combine, piece, 1.0);
  const Counted e = costs.slowdown * time(costs.expert, piece) + held(costs.dispatch, piece, 1.0) +
                    held(costs.combine, piece, 1.0);
  const Counted md = chunks * d;
  const Counted mb = chunks * b;
  const Counted longest = max(max(md + mb, md + (e + b)), max((d + b) + chunks * e, (d + e) + mb));
  return attention(costs, tokens) + time(costs.dense.shared, tokens) + longest;
}

/// docs/model.md#schedules, vllm_ll
inline Counted dbo(const LayerCosts& costs,
                   const Counted& tokens,
                   const Counted& first,
                   const Counted& chunks) {
  const std::array<Counted, 2> share = {first, tokens - first};
  const Counted of_each = chunks / tokens;
  std::array<Counted, 2> a = {0.0, 0.0};
  std::array<Counted, 2> sh = a;
  std::array<Counted, 2> e = a;
  std::array<Counted, 2> d = a;
  std::array<Counted, 2> b = a;
  std::array<Counted, 2> held_d = a;
  std::array<Counted, 2> held_b = a;
  for (std::size_t i = 0; i < 2; ++i) {
    const Counted n = max(1.0, ceil(share[i] * of_each));
    a[i] = costs.slowdown * attention(costs, share[i]);
    sh[i] = costs.slowdown * time(costs.dense.shared, share[i]);
    e[i] = costs.slowdown * time(costs.expert, share[i]);
    d[i] = time(costs.dispatch, share[i], n);
    b[i] = time(costs.combine, share[i], n);
    held_d[i] = held(costs.dispatch, share[i], n);
    held_b[i] = held(costs.combine, share[i], n);
  }
  const Counted each = max(a[1] + held_d[0], d[0]) + max(e[0] + held_d[1], d[1]) +
                       max(sh[0] + e[1] + held_b[0], b[0]);
  const Counted over = max(sh[1] + a[0] + held_b[1], b[1]);
  // Without attention and shared experts what the ends take more is nothing.
  if (a[0].is_zero() && sh[1].is_zero()) return each + over;
  return each + over + (a[0] + max(sh[1], b[1]) - over) / static_cast<double>(costs.layers);
}

}  // namespace wideep::formulas
