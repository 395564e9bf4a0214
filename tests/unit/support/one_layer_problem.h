#pragma once

#include "model/problem.h"

namespace wideep {

/// One layer: 10 us each way and 1 us a token of experts at EP 8, nothing else.
inline Problem one_layer_problem(int tokens) {
  Problem p;
  p.workload.model.hidden_size = 1;
  p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
  p.workload.figures.expert.per_token = unit::us;
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(10.0 * unit::us);
  link.bandwidth = Bandwidth::constant(BytesPerSecond(1e15));
  p.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
  p.space.kernels = {0};
  p.space.ep_widths = {8};
  p.space.overlaps = {Overlap::kNone};
  return p;
}

}  // namespace wideep
