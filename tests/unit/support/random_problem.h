#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "model/problem.h"
#include "model/schedule.h"
#include "model/words.h"

namespace wideep {

/// What random_problem may draw.
struct RandomShape {
  int max_tokens = 65'536;
  int max_width = 512;
  int max_chunks = 64;
  bool transfer_limits = false;
  bool machines = false;  ///< draw what the closed-form model leaves out, each with some chance
  bool tables = false;    ///< figures of kernels and the straggler factor differ by width
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
    if (shape_.machines) add_machines(problem);
    if (shape_.tables) add_tables(problem);
    return problem;
  }

  /// One that has the mode.
  Schedule schedule(Overlap overlap) {
    while (true) {
      const Schedule drawn = kScheduleWords[static_cast<std::size_t>(whole(
                                                0, static_cast<int>(kScheduleWords.size()) - 1))]
                                 .second;
      if (runs(drawn, overlap)) return drawn;
    }
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
    w.model.hidden_size = whole(1, 128) * 64;
    w.model.top_k = whole(1, 16);
    w.traffic.dispatch_element = Bytes(uniform(0.5, 2.0));
    w.traffic.combine_element = chance(0.5) ? w.traffic.dispatch_element : Bytes(uniform(0.5, 4.0));
    const int tokens = static_cast<int>(std::lround(log_uniform(1.0, shape_.max_tokens)));
    if (chance(0.25)) {
      w.traffic.tokens = GlobalTokens{tokens};
    } else {
      const bool per_rank = chance(0.5);
      w.traffic.tokens =
          TokensPerRank{tokens, per_rank ? ExpertLoad::kPerRank : ExpertLoad::kSharedByRanks, true};
    }
    w.traffic.straggler.source = ByWidth<double>::constant(chance(0.2) ? 1.0 : uniform(1.0, 10.0));
    w.figures.expert.per_token = Seconds(log_uniform(1e-9, 1e-4));
    if (chance(0.5)) w.traffic.off_domain_fraction = uniform(0.0, 1.0);
    w.model.moe_layers = whole(1, 100);
    w.figures.outside.overhead = Seconds(chance(0.5) ? 0.0 : uniform(0.0, 1e-2));
    return w;
  }

  LinkPhase phase() {
    return {
        .latency = ByWidth<Seconds>::constant(Seconds(chance(0.2) ? 0.0 : log_uniform(1e-7, 1e-3))),
        .bandwidth = Bandwidth::constant(BytesPerSecond(log_uniform(1e9, 2000e9))),
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

  Seconds some_time(double low, double high) {
    return Seconds(chance(0.5) ? 0.0 : log_uniform(low, high));
  }

  void add_to(LinkPhase& phase, bool has_sms) {
    if (chance(0.5)) phase.scale_out = Bandwidth::constant(BytesPerSecond(log_uniform(1e9, 100e9)));
    if (has_sms && chance(0.7)) {
      const auto rate = ByWidth<BytesPerSecond>::constant(BytesPerSecond(log_uniform(1e8, 30e9)));
      Bandwidth& driven = phase.scale_out && chance(0.5) ? *phase.scale_out : phase.bandwidth;
      driven.per_sm = rate;
      if (chance(0.5)) driven.cap.reset();
    }
    phase.floor = ByWidth<Seconds>::constant(some_time(1e-7, 1e-3));
    phase.header = Bytes(chance(0.5) ? 0.0 : 16.0);
    phase.sm_time = ByWidth<Seconds>::constant(some_time(1e-7, 1e-4));
    phase.sm_time_per_token = ByWidth<Seconds>::constant(some_time(1e-10, 1e-6));
    if (chance(0.3)) {
      phase.law = &kRampLaw;
      phase.law_time = ByWidth<Seconds>::constant(Seconds(log_uniform(1e-7, 1e-3)));
      phase.law_tokens = ByWidth<double>::constant(log_uniform(1.0, 4096.0));
    }
    if (chance(0.3)) {
      phase.experts = ExpertGroups{.latency_each = some_time(1e-7, 1e-4),
                                   .latency_several = some_time(1e-7, 1e-4),
                                   .token_time = some_time(1e-9, 1e-5)};
      if (chance(0.5)) phase.experts->per_sm = BytesPerSecond(log_uniform(1e8, 30e9));
    }
  }

  void add_machines(Problem& problem) {
    Workload& w = problem.workload;
    constexpr int kExperts = 720;  // most widths up to 16 divide it
    if (chance(0.7)) {
      w.model.experts = kExperts;
      w.figures.expert.weight_read = some_time(1e-7, 1e-3);
      w.figures.expert.fixed = some_time(1e-7, 1e-3);
      for (int& width : problem.space.ep_widths) {
        while (kExperts % width != 0) --width;
      }
      auto& widths = problem.space.ep_widths;
      widths.erase(std::unique(widths.begin(), widths.end()), widths.end());
    }
    if (chance(0.3)) w.traffic.routing = Routing::kBalanced;
    w.figures.expert.launch = some_time(1e-7, 1e-4);
    for (DenseWork* work : {&w.figures.dense.prep,
                            &w.figures.dense.core,
                            &w.figures.dense.gate,
                            &w.figures.dense.shared}) {
      if (chance(0.3)) continue;
      *work = {.fixed = some_time(1e-7, 1e-3),
               .weight_read = some_time(1e-7, 1e-3),
               .compute_per_token = some_time(1e-9, 1e-5),
               .per_token = some_time(1e-9, 1e-5)};
    }
    for (const auto& [word, schedule] : kScheduleWords) {
      if (chance(0.5)) problem.space.schedules.push_back(schedule);
    }
    w.traffic.comm_straggler_factor = chance(0.5) ? 1.0 : uniform(1.0, 3.0);
    problem.fabric.gpu = Gpu{};
    problem.fabric.gpu->sms = 132;
    if (chance(0.7)) problem.fabric.gpu->architecture = kArchitectureWords.at(at(0, 2)).second;
    w.model.shape.expert_size = 128 * whole(1, 32);
    w.model.shape.weights = chance(0.5) ? WeightType::kMxfp4 : WeightType::kNvfp4;
    if (chance(0.3)) w.model.shape.expert_matrices = 2;
    for (Kernel& kernel : problem.fabric.kernels) {
      kernel.copies = static_cast<Copies>(whole(0, 3));
      const bool has_sms = chance(0.4);
      if (has_sms) kernel.sms = {whole(1, 20), whole(21, 60)};
      add_to(kernel.dispatch, has_sms);
      add_to(kernel.combine, has_sms);
      if (chance(0.4)) kernel.library = Library::kDeepEpLl;
    }
    if (w.model.experts && problem.fabric.kernels.size() > 1 && chance(0.5)) {
      make_fused(problem.fabric.kernels.back());
    }
  }

  void make_fused(Kernel& kernel) {
    kernel.sms = {};
    kernel.library = Library::kMegaMoe;
    kernel.fused = FusedFigures{.launch = some_time(1e-7, 1e-3),
                                .launch_per_rank = some_time(1e-8, 1e-5),
                                .read = BytesPerSecond(log_uniform(1e11, 1e13)),
                                .rate = FlopPerSecond(log_uniform(1e13, 1e16)),
                                .bandwidth = BytesPerSecond(log_uniform(1e9, 2000e9)),
                                .exponent = chance(0.2) ? 1.0 : uniform(1.0, 10.0)};
  }

  std::size_t at(int low, int high) { return static_cast<std::size_t>(whole(low, high)); }

  /// Three to five widths, from 1 to beyond the widest, so that each is covered.
  template <class Q>
  void spread(ByWidth<Q>& figure, double least) {
    const Q value = figure.points.front().value;
    figure = {.points = {{1, value}}, .everywhere = false};
    int width = whole(2, 8);
    for (int left = whole(1, 3); left > 0; --left) {
      figure.points.push_back({width, uniform(least, 3.0) * value});
      width *= whole(2, 4);
    }
    figure.points.push_back({1024, uniform(least, 3.0) * value});  // 512 at most above
  }

  void add_tables(Problem& problem) {
    for (Kernel& kernel : problem.fabric.kernels) {
      if (kernel.fused) continue;
      for (LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
        spread(phase->latency, 0.3);
        spread(phase->floor, 0.3);
        spread(phase->law_time, 0.3);
        spread(phase->law_tokens, 0.3);
        if (phase->bandwidth.cap) spread(*phase->bandwidth.cap, 0.3);
        if (phase->bandwidth.per_sm) spread(*phase->bandwidth.per_sm, 0.3);
        if (phase->scale_out && phase->scale_out->cap) spread(*phase->scale_out->cap, 0.3);
        spread(phase->sm_time, 0.3);
        spread(phase->sm_time_per_token, 0.3);
      }
    }
    spread(std::get<ByWidth<double>>(problem.workload.traffic.straggler.source), 1.0);
  }

  std::mt19937 random_;
  RandomShape shape_;
};

}  // namespace wideep
