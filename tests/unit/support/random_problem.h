#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "model/problem.h"

namespace wideep {

/// What random_problem may draw.
struct RandomShape {
  int max_tokens = 65'536;
  int max_width = 512;
  int max_chunks = 64;
  bool transfer_limits = false;
};

/// Draws problems over the whole range that docs/input.md promises: widths up to 512, latencies 0
/// to 1 ms, bandwidths 1 to 2,000 GB/s, straggler factors 1 to 10; equal, dominant and single
/// kernels, unequal phases and all three token conventions among them.
class ProblemSource {
 public:
  ProblemSource(unsigned seed, RandomShape shape) : random_(seed), shape_(shape) {}

  Problem next() {
    Problem problem;
    problem.workload = workload();
    problem.fabric = fabric();
    problem.space = space(problem);
    return problem;
  }

  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  double log_uniform(double low, double high) {
    return std::exp(uniform(std::log(low), std::log(high)));
  }
  bool chance(double probability) { return uniform(0.0, 1.0) < probability; }

 private:
  Workload workload() {
    Workload w;
    w.hidden_size = whole(1, 128) * 64;
    w.top_k = whole(1, 16);
    w.dispatch_element = Bytes(uniform(0.5, 2.0));
    w.combine_element = chance(0.5) ? w.dispatch_element : Bytes(uniform(0.5, 4.0));
    const int tokens = static_cast<int>(std::lround(log_uniform(1.0, shape_.max_tokens)));
    if (chance(0.25)) {
      w.tokens = GlobalTokens{tokens};
    } else {
      const bool per_rank = chance(0.5);
      w.tokens =
          TokensPerRank{tokens, per_rank ? ExpertLoad::kPerRank : ExpertLoad::kSharedByRanks, true};
    }
    w.straggler_factor = chance(0.2) ? 1.0 : uniform(1.0, 10.0);
    w.expert_time_per_token = Seconds(log_uniform(1e-9, 1e-4));
    if (chance(0.5)) w.off_domain_fraction = uniform(0.0, 1.0);
    w.moe_layers = whole(1, 100);
    w.other_step_time = Seconds(chance(0.5) ? 0.0 : uniform(0.0, 1e-2));
    return w;
  }

  LinkPhase phase() {
    return {
        .latency = ByWidth<Seconds>::constant(Seconds(chance(0.2) ? 0.0 : log_uniform(1e-7, 1e-3))),
        .bandwidth = ByWidth<BytesPerSecond>::constant(BytesPerSecond(log_uniform(1e9, 2000e9))),
        .efficiency = chance(0.5) ? 1.0 : uniform(0.1, 1.0)};
  }

  Fabric fabric() {
    Fabric f;
    f.gpus_per_domain = 1 << whole(0, 6);
    const int kernels = whole(1, 3);
    for (int at = 0; at < kernels; ++at) {
      Kernel kernel;
      kernel.name = std::string(1, static_cast<char>('A' + at));
      kernel.dispatch = phase();
      kernel.combine = chance(0.5) ? kernel.dispatch : phase();
      if (at > 0 && chance(0.1)) {
        kernel.dispatch = f.kernels[0].dispatch;
        kernel.combine = f.kernels[0].combine;
      }
      if (shape_.transfer_limits && chance(0.5)) {
        kernel.limits.max_tokens_per_rank =
            static_cast<int>(std::lround(log_uniform(1.0, shape_.max_tokens)));
      }
      f.kernels.push_back(kernel);
    }
    return f;
  }

  SearchSpace space(const Problem& problem) {
    SearchSpace s;
    const int widths = whole(1, 4);
    for (int at = 0; at < widths; ++at) {
      s.ep_widths.push_back(static_cast<int>(std::lround(log_uniform(1.0, shape_.max_width))));
    }
    std::sort(s.ep_widths.begin(), s.ep_widths.end());
    s.ep_widths.erase(std::unique(s.ep_widths.begin(), s.ep_widths.end()), s.ep_widths.end());
    for (std::size_t at = 0; at < problem.fabric.kernels.size(); ++at) s.kernels.push_back(at);
    if (chance(0.3)) s.overlaps = {Overlap::kNone, Overlap::kDbo};
    s.max_chunks = whole(1, shape_.max_chunks);
    s.half_split = chance(0.2);
    s.timing = chance(0.25) ? Timing::kSteadyState : Timing::kSchedule;
    s.tolerance = chance(0.2) ? 0.0 : uniform(0.0, 0.05);
    return s;
  }

  std::mt19937 random_;
  RandomShape shape_;
};

}  // namespace wideep
