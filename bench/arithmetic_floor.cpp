// The arithmetic that one evaluation of the layer time has to do by the formulas of docs/model.md,
// how long this machine takes for as much, and how long an evaluation takes. docs/performance.md

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "formulas.h"
#include "model/overlap.h"
#include "operation_times.h"
#include "questions.h"

namespace wideep {
namespace {

constexpr int kTokens = 4096;
constexpr std::array<const char*, kOperations> kNames = {"simple", "divide", "ceil", "expm1"};

struct Case {
  std::string model;
  const LayerCosts& costs;
  Overlap overlap;
  const char* mode;
};

/// Configurations as a search meets them, in turn.
std::array<Config, 64> configs_of(Overlap overlap) {
  std::array<Config, 64> configs;
  for (std::size_t at = 0; at < configs.size(); ++at) {
    const int number = static_cast<int>(at);
    configs[at] = {.ep_width = 64, .overlap = overlap, .chunks = 1, .tokens = kTokens};
    if (overlap != Overlap::kNone) configs[at].chunks = 2 + number;
    if (overlap == Overlap::kDbo) configs[at].first_tokens = 1 + 61 * number;
  }
  return configs;
}

Counted by_formula(const LayerCosts& costs, const Config& config) {
  const Counted tokens = Counted::variable(config.tokens);
  const Counted chunks = Counted::variable(config.chunks);
  const Counted first = Counted::variable(config.first_tokens);
  if (config.overlap == Overlap::kNone) return formulas::none(costs, tokens);
  if (config.overlap == Overlap::kChunk) return formulas::chunk(costs, tokens, chunks);
  return formulas::dbo(costs, tokens, first, chunks);
}

/// What is counted is what the program computes.
void require_equal(const LayerCosts& costs, const Config& config) {
  constexpr double kRounding = 1e-12;
  const double counted = by_formula(costs, config).value();
  const double time = layer_time(costs, config, Timing::kSchedule).base();
  if (!(std::abs(counted - time) <= kRounding * time)) {
    throw std::logic_error(fmt::format("the formula gives {} s, the program {} s", counted, time));
  }
}

void print_case(const Case& one, const OperationTimes& times) {
  const std::array<Config, 64> configs = configs_of(one.overlap);
  for (const Config& config : configs) require_equal(one.costs, config);
  Counted::begin(times);
  const double chain = by_formula(one.costs, configs.back()).ready();
  const Tally tally = Counted::tally();
  double floor = 0.0;
  std::string counts;
  for (std::size_t at = 0; at < kOperations; ++at) {
    floor += tally.count.at(at) * times.each.at(at);
    if (tally.count.at(at) > 0) counts += fmt::format(" {} {}", tally.count.at(at), kNames.at(at));
  }
  constexpr int kRounds = 200;
  const double took =
      shortest_time([&] {
        for (int round = 0; round < kRounds; ++round) {
          for (const Config& config : configs) {
            benchmark::DoNotOptimize(layer_time(one.costs, config, Timing::kSchedule));
          }
        }
      }) /
      (kRounds * static_cast<double>(configs.size()));
  fmt::print(
      "| {:<6} | {:<5} | {:>10} | {:>5.2f} ns | {:>5.2f} ns | {:>5.2f} ns | {:>4.0f} % | {:>4.0f} "
      "% |{} |\n",
      one.model,
      one.mode,
      tally.total(),
      floor,
      chain,
      took,
      100.0 * floor / took,
      100.0 * chain / took,
      counts);
}

void print_operations(const OperationTimes& times) {
  fmt::print("| operation | latency | each of many |\n|---|---|---|\n");
  for (std::size_t at = 0; at < kOperations; ++at) {
    fmt::print("| {:<8} | {:>5.2f} ns | {:>5.2f} ns |\n",
               kNames.at(at),
               times.latency.at(at),
               times.each.at(at));
  }
}

LayerCosts costs_of(const Problem& problem) {
  const std::vector<int>& sms = problem.fabric.kernels[0].sms;
  return layer_costs(problem, {.ep_width = 64, .sms = sms.empty() ? 0 : sms.back()});
}

}  // namespace
}  // namespace wideep

int main() {
  using namespace wideep;
  const LayerCosts closed = costs_of(small_problem());
  const LayerCosts whole = costs_of(machine_problem());
  const OperationTimes times = operation_times(kTokens * whole.expert.log_idle);
  print_operations(times);
  fmt::print(
      "\n| model | mode | operations | floor | chain | evaluation | floor | chain | operations "
      "|\n");
  fmt::print("|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& [model, costs] : {std::pair("closed", &closed), std::pair("whole", &whole)}) {
    print_case({model, *costs, Overlap::kNone, "none"}, times);
    print_case({model, *costs, Overlap::kChunk, "chunk"}, times);
    print_case({model, *costs, Overlap::kDbo, "dbo"}, times);
  }
}
