#pragma once

#include <benchmark/benchmark.h>

#include "counted.h"
#include "shortest_time.h"

namespace wideep {

/// Time of a step in ns, in `kChains` chains beside each other of which none needs the other.
template <std::size_t kChains, class Step>
double step_time(const Step& step) {
  constexpr int kSteps = 20'000;
  const double time = shortest_time([&] {
    std::array<double, kChains> chains{};
    chains.fill(1.0);
    for (int at = 0; at < kSteps; ++at) {
      for (double& chain : chains) chain = step(chain);
    }
    benchmark::DoNotOptimize(chains);
  });
  return time / kSteps / kChains;
}

/// Of this machine, measured now. `idle`: the argument of expm1, whose time depends on it; far
/// below 0 the result is known before the argument is, by a branch that is foreseen.
inline OperationTimes operation_times(double idle) {
  constexpr std::size_t kBeside = 12;  // more than a core has under way
  // Numbers that the compiler does not know.
  double little = 1e-9;
  double almost = 1.0 - little;
  benchmark::DoNotOptimize(little);
  benchmark::DoNotOptimize(almost);
  OperationTimes times;
  const auto set = [&](Operation operation, double operations, const auto& step, double others) {
    const auto at = static_cast<std::size_t>(operation);
    constexpr auto kOther = static_cast<std::size_t>(Operation::kSimple);
    const double chain = step_time<1>(step) / operations;
    times.latency.at(at) = std::max(0.0, chain - others * times.latency[kOther]);
    times.each.at(at) = step_time<kBeside>(step) / operations - others * times.each[kOther];
  };
  // In which three operations count, and then one beside simple ones.
  set(
      Operation::kSimple,
      3.0,
      [=](double x) { return std::max(x * almost + little, almost); },
      0.0);
  set(
      Operation::kDivide, 1.0, [=](double x) { return x / almost; }, 0.0);
  set(
      Operation::kCeil, 1.0, [=](double x) { return std::ceil(x * almost); }, 1.0);
  set(
      Operation::kExpm1, 1.0, [=](double x) { return std::expm1(idle + little * x); }, 2.0);
  return times;
}

}  // namespace wideep
