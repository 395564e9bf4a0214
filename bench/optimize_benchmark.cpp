// Evaluations per second and the time of whole searches, on one core. docs/performance.md

#include <benchmark/benchmark.h>

#include "model/overlap.h"
#include "questions.h"
#include "search/optimize.h"

namespace wideep {
namespace {

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
