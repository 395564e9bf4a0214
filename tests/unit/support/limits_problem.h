#pragma once

#include "model/problem.h"

namespace wideep {

/// 300 tokens to 8 of 256 experts of 2880 elements; one kernel, LL, with latencies at EP 8 and 64.
inline Problem limits_problem() {
  Problem p;
  p.workload.model.hidden_size = 2880;
  p.workload.model.top_k = 8;
  p.workload.model.experts = 256;
  p.workload.traffic.tokens = TokensPerRank{300, ExpertLoad::kPerRank, true};
  LinkPhase link;
  link.latency = {{{8, unit::us}, {64, unit::us}}, false};
  link.bandwidth = Bandwidth::constant(unit::GBps);
  p.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
  p.space.kernels = {0};
  return p;
}

}  // namespace wideep
