// What a proof by bounds saves against looking at everything, and how much of a search is
// evaluation. docs/performance.md

#include <cmath>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "model/overlap.h"
#include "plan/plan.h"
#include "questions.h"
#include "search/enumerate.h"
#include "search/optimize.h"
#include "shortest_time.h"
#include "support/enumerated_plan.h"

namespace wideep {
namespace {

constexpr double kMicrosecond = 1e3;  // ns

/// Of one evaluation in ns: the mean of the cells, each at half its chunks and half the batch and
/// as often as an enumeration evaluates it.
double evaluation_time(const Problem& problem) {
  double time = 0.0;
  double evaluations = 0.0;
  for (const Cell& cell : list_cells(problem).cells) {
    const double split = cell.overlap == Overlap::kDbo ? std::floor(0.5 * cell.tokens) : 0.0;
    const Config config = config_in(cell, (cell.min_chunks + cell.max_chunks) / 2, split);
    constexpr int kTimes = 1'000;
    constexpr double kSpend = 1e7;  // ns of each of many cells
    const auto evaluate = [&] {
      for (int at = 0; at < kTimes; ++at) {
        benchmark::DoNotOptimize(layer_time(cell.costs, config, cell.timing));
      }
    };
    const double took = shortest_time(evaluate, kSpend);
    const double weight = static_cast<double>(evaluations_needed(cell));
    time += weight * took / kTimes;
    evaluations += weight;
  }
  return time / evaluations;
}

struct Run {
  double evaluations = 0.0;
  double time = 0.0;   ///< ns
  double least = 0.0;  ///< what was found
};

Run run(const Problem& problem, Solver solver) {
  const SearchResult found = optimize(problem, solver);
  const Certificate& proof = found.certificate;
  if (solver == Solver::kExhaustive && proof.method != Certificate::Method::kExhaustive) {
    throw std::logic_error("not everything was evaluated");
  }
  // NLopt's are counted by themselves where it is the second opinion.
  const std::uint64_t beside = solver == Solver::kBoth ? proof.nlopt_evaluations : 0;
  return {.evaluations = static_cast<double>(proof.evaluated + beside),
          .time = shortest_time([&] { benchmark::DoNotOptimize(optimize(problem, solver)); }),
          .least = found.optimum->layer.base()};
}

void print_row(const std::string& name,
               const Run& one,
               const Run& exhaustive,
               const std::string& shares) {
  constexpr double kRounding = 1e-9;
  if (!(std::abs(one.least / exhaustive.least - 1.0) <= kRounding)) {
    throw std::logic_error(name + ": not the same optimum");
  }
  fmt::print("| {:<34} | {:>7.0f} | {:>9.1f} us | {:>7.1f} | {:>5.1f} | {} |\n",
             name,
             one.evaluations,
             one.time / kMicrosecond,
             exhaustive.evaluations / one.evaluations,
             exhaustive.time / one.time,
             shares);
}

void compare(const std::string& name, const Problem& problem) {
  const Run exhaustive = run(problem, Solver::kExhaustive);
  const double each = evaluation_time(problem);
  const double cells = shortest_time([&] { benchmark::DoNotOptimize(list_cells(problem)); });
  const auto print = [&](const std::string& how, const Run& one) {
    print_row(name + how,
              one,
              exhaustive,
              fmt::format("{:>4.1f} % | {:>4.1f} %",
                          100.0 * one.evaluations * each / one.time,
                          100.0 * cells / one.time));
  };
  print(", bounds", run(problem, Solver::kBounds));
  print(", both", run(problem, Solver::kBoth));
  print(", NLopt", run(problem, Solver::kNlopt));
  print(", exhaustive", exhaustive);
}

void compare_plans(const std::string& name, const PlanQuestion& asked) {
  const PlanResult found = best_plan(asked);
  const enumerated::Found all = enumerated::best(asked);
  const Run exhaustive{
      .evaluations = static_cast<double>(all.priced),
      .time = shortest_time([&] { benchmark::DoNotOptimize(enumerated::best(asked)); }),
      .least = all.cost};
  print_row(name + ", bounds",
            {.evaluations = static_cast<double>(found.evaluated),
             .time = shortest_time([&] { benchmark::DoNotOptimize(best_plan(asked)); }),
             .least = found.best->cost},
            exhaustive,
            "|");
  print_row(name + ", exhaustive", exhaustive, exhaustive, "|");
}

/// The fewest GPUs for two requests a second, on instances of 8 or 16.
PlanQuestion plan_question() {
  PlanQuestion asked = enumerated::question("h200-ib400", 4096.0, 1024.0);
  asked.level.tpot = 60.0 * unit::ms;
  asked.level.ttft = Seconds(2.0);
  asked.demand.rate = PerSecond(2.0);
  return asked;
}

}  // namespace
}  // namespace wideep

int main() {
  using namespace wideep;
  fmt::print(
      "| question | evaluations | time | times fewer | times faster | evaluating | listing "
      "cells "
      "|\n|---|---|---|---|---|---|---|\n");
  compare("shipped decode", shipped("deepseek-v3-decode-h100-ib400"));
  compare("shipped prefill", shipped("deepseek-v3-prefill-h100-ib400"));
  compare("2.1 million", small_problem());
  compare("12.6 million, whole model", machine_problem());
  compare_plans("plan, pairs of instances", plan_question());
}
