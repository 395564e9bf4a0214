#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "engines/runs.h"
#include "input/read_problem.h"

// The questions that the programs of this folder ask.

namespace wideep {

inline Kernel kernel(const char* name, double latency_us, double bandwidth_gbps) {
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(latency_us * unit::us);
  link.bandwidth = Bandwidth::constant(bandwidth_gbps * unit::GBps);
  Kernel kernel;
  kernel.name = name;
  kernel.dispatch = kernel.combine = link;
  return kernel;
}

/// configs/closed-form.yaml, under the schedule and with every mode.
inline Problem small_problem() {
  Problem problem;
  problem.workload.model.hidden_size = 7168;
  problem.workload.model.top_k = 8;
  problem.workload.traffic.tokens = TokensPerRank{4096, ExpertLoad::kSharedByRanks, true};
  problem.workload.traffic.straggler.source = ByWidth<double>::constant(1.2);
  problem.workload.figures.expert.per_token = 0.5 * unit::us;
  problem.fabric.gpus_per_domain = 8;
  problem.fabric.kernels = {kernel("LL", 12, 40), kernel("HT", 40, 48)};
  problem.space.ep_widths = {8, 16, 32, 64};
  problem.space.kernels = {0, 1};
  return problem;
}

/// A question that ships, as the program reads it.
inline Problem shipped(const std::string& config,
                       const std::optional<std::string>& fabric = {},
                       const std::vector<std::string>& set = {}) {
  ProblemFiles files;
  files.fabric = fabric;
  files.set = set;
  files.workload = std::string(WIDEEP_SOURCE_DIR) + "/configs/" + config + ".yaml";
  return with_engines(read_problem(files));
}

/// 16,777,216 tokens over every EP width from 2 to 1,024, of which none meets slo.tpot.
inline Problem unreachable_problem() {
  Problem problem = small_problem();
  problem.workload.traffic.tokens = GlobalTokens{16'777'216};
  problem.workload.slo.tpot = unit::us;
  problem.space.ep_widths.clear();
  return problem;
}

/// Every EP width from 2 to 1,024, T = 16,384; `load` decides whether width helps.
inline Problem large_problem(ExpertLoad load) {
  Problem problem = small_problem();
  problem.workload.traffic.tokens = TokensPerRank{16'384, load, true};
  problem.space.ep_widths.resize(1023);
  std::iota(problem.space.ep_widths.begin(), problem.space.ep_widths.end(), 2);
  return problem;
}

/// The same with all that the closed-form model leaves out: two tiers, floors, SMs of the GPU,
/// experts by their weights, attention.
inline Problem machine_problem() {
  Problem problem = small_problem();
  Workload& workload = problem.workload;
  workload.traffic.tokens = TokensPerRank{4096, ExpertLoad::kPerRank, true};
  workload.model.experts = 256;
  workload.model.moe_layers = 58;
  workload.figures.expert = {.launch = 21.0 * unit::us,
                             .weight_read = 16.1 * unit::us,
                             .fixed = 10.4 * unit::us,
                             .per_token = 0.054 * unit::us};
  workload.figures.dense.core = {.fixed = 45.0 * unit::us,
                                 .weight_read = 85.0 * unit::us,
                                 .compute_per_token = 0.7 * unit::us,
                                 .per_token = 1.0 * unit::us};
  problem.fabric.gpu = Gpu{};
  problem.fabric.gpu->sms = 132;
  for (Kernel& kernel : problem.fabric.kernels) {
    kernel.copies = Copies::kPerDomain;
    kernel.sms = {4, 8, 12, 16, 20, 24};
    for (LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
      phase->floor = ByWidth<Seconds>::constant(15.0 * unit::us);
      phase->scale_out = Bandwidth::constant(46.0 * unit::GBps);
      phase->bandwidth = {.cap = {},
                          .per_sm = ByWidth<BytesPerSecond>::constant(11.0 * unit::GBps)};
      phase->sm_time = ByWidth<Seconds>::constant(5.0 * unit::us);
    }
  }
  return problem;
}

}  // namespace wideep
