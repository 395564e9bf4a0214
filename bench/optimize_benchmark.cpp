// Evaluations per second and the time of whole searches, on one core. docs/performance.md

#include <numeric>
#include <string>

#include <benchmark/benchmark.h>

#include "engines/runs.h"
#include "input/read_problem.h"
#include "model/overlap.h"
#include "search/optimize.h"

namespace wideep {
namespace {

Kernel kernel(const char* name, double latency_us, double bandwidth_gbps) {
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(latency_us * unit::us);
  link.bandwidth = Bandwidth::constant(bandwidth_gbps * unit::GBps);
  Kernel kernel;
  kernel.name = name;
  kernel.dispatch = kernel.combine = link;
  return kernel;
}

/// configs/closed-form.yaml, under the schedule and with every mode.
Problem small_problem() {
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
Problem shipped(const std::string& config,
                const std::optional<std::string>& fabric = {},
                const std::vector<std::string>& set = {}) {
  ProblemFiles files;
  files.fabric = fabric;
  files.set = set;
  files.workload = std::string(WIDEEP_SOURCE_DIR) + "/configs/" + config + ".yaml";
  return with_engines(read_problem(files));
}

/// 16,777,216 tokens over every EP width from 2 to 1,024, of which none meets slo.tpot.
Problem unreachable_problem() {
  Problem problem = small_problem();
  problem.workload.traffic.tokens = GlobalTokens{16'777'216};
  problem.workload.slo.tpot = unit::us;
  problem.space.ep_widths.clear();
  return problem;
}

/// Every EP width from 2 to 1,024, T = 16,384; `load` decides whether width helps.
Problem large_problem(ExpertLoad load) {
  Problem problem = small_problem();
  problem.workload.traffic.tokens = TokensPerRank{16'384, load, true};
  problem.space.ep_widths.resize(1023);
  std::iota(problem.space.ep_widths.begin(), problem.space.ep_widths.end(), 2);
  return problem;
}

/// The same with all that the closed-form model leaves out: two tiers, floors, SMs of the GPU,
/// experts by their weights, attention.
Problem machine_problem() {
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

void evaluate(benchmark::State& state, const Problem& problem, Overlap overlap) {
  const std::vector<int>& sms = problem.fabric.kernels[0].sms;
  const LayerCosts costs =
      layer_costs(problem, {.ep_width = 64, .sms = sms.empty() ? 0 : sms.back()});
  Config config{.ep_width = 64, .overlap = overlap, .chunks = 1, .tokens = 4096};
  int at = 0;
  for (auto _ : state) {
    at = at % 4095 + 1;
    config.first_tokens = at;
    config.chunks = overlap == Overlap::kNone ? 1 : 2 + at % 63;
    benchmark::DoNotOptimize(layer_time(costs, config, Timing::kSchedule));
  }
  state.counters["per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(evaluate, none, small_problem(), Overlap::kNone);
BENCHMARK_CAPTURE(evaluate, chunk, small_problem(), Overlap::kChunk);
BENCHMARK_CAPTURE(evaluate, dbo, small_problem(), Overlap::kDbo);
BENCHMARK_CAPTURE(evaluate, machine_none, machine_problem(), Overlap::kNone);
BENCHMARK_CAPTURE(evaluate, machine_chunk, machine_problem(), Overlap::kChunk);
BENCHMARK_CAPTURE(evaluate, machine_dbo, machine_problem(), Overlap::kDbo);

void search(benchmark::State& state, const Problem& problem, Solver solver) {
  double configurations = 0.0;
  for (auto _ : state) {
    configurations = static_cast<double>(optimize(problem, solver).certificate.configurations);
  }
  state.counters["configurations"] = configurations;
}
BENCHMARK_CAPTURE(search, small_both, small_problem(), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, small_nlopt, small_problem(), Solver::kNlopt)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, small_exhaustive, small_problem(), Solver::kExhaustive)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, machine_both, machine_problem(), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, shipped_decode, shipped("deepseek-v3-decode-h100-ib400"), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, shipped_prefill, shipped("deepseek-v3-prefill-h100-ib400"), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  shipped_decode_bounds,
                  shipped("deepseek-v3-decode-h100-ib400"),
                  Solver::kBounds)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  shipped_decode_nlopt,
                  shipped("deepseek-v3-decode-h100-ib400"),
                  Solver::kNlopt)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  shipped_prefill_bounds,
                  shipped("deepseek-v3-prefill-h100-ib400"),
                  Solver::kBounds)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  shipped_prefill_nlopt,
                  shipped("deepseek-v3-prefill-h100-ib400"),
                  Solver::kNlopt)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  every_layout,
                  shipped("deepseek-v3-decode-h100-ib400", "gb200-nvl72", {"search.layouts=all"}),
                  Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  batch_free,
                  shipped("deepseek-v3-decode-h100-ib400",
                          {},
                          {"tokens_per_rank=null", "slo.tpot=40ms"}),
                  Solver::kBounds)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  batch_free_prefill,
                  shipped("deepseek-v3-prefill-h100-ib400",
                          {},
                          {"tokens_per_rank=null", "slo.ttft=2s"}),
                  Solver::kBounds)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search,
                  batch_free_every_layout,
                  shipped("deepseek-v3-decode-h100-ib400",
                          "gb200-nvl72",
                          {"search.layouts=all", "tokens_per_rank=null", "slo.tpot=40ms"}),
                  Solver::kBounds)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, unreachable_tpot, unreachable_problem(), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, large_shared, large_problem(ExpertLoad::kSharedByRanks), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, large_per_rank, large_problem(ExpertLoad::kPerRank), Solver::kBoth)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wideep
