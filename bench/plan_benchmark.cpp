// The time of whole plans, on one core. docs/performance.md

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "input/read_plan.h"
#include "plan/relax.h"

namespace wideep {
namespace {

PlanQuestion shipped(const std::vector<std::string>& set) {
  return read_plan({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-r1-plan-gb200-nvl72.yaml",
                    .fabric = {},
                    .search = {},
                    .set = set});
}

/// The best plan alone.
void plan(benchmark::State& state, const std::vector<std::string>& set) {
  const PlanQuestion question = shipped(set);
  for (auto _ : state) benchmark::DoNotOptimize(best_plan(question));
}

/// With what binds and how sure it is, as the program reports it.
void report(benchmark::State& state) {
  const PlanQuestion question = shipped({});
  for (auto _ : state) {
    InstanceSearches instances(question);
    const PlanResult found = best_plan(question, instances);
    benchmark::DoNotOptimize(relaxed(question, *found.best, instances));
    benchmark::DoNotOptimize(plan_range(question, *found.best, instances));
  }
}

const std::string kNoRate = "traffic.rate=null";

BENCHMARK_CAPTURE(plan, fewest_gpus, std::vector<std::string>{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, dp_and_ep_alone, std::vector<std::string>{"search.attention=dp"})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, most_of_a_rack, std::vector<std::string>{kNoRate, "gpus=72"})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, ratio, std::vector<std::string>{kNoRate})->Unit(benchmark::kMillisecond);
BENCHMARK(report)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wideep
