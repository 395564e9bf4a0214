#include "plan/elasticity.h"

#include <algorithm>
#include <cmath>
#include <variant>

namespace wideep {
namespace {

/// Far above what rounding leaves of a difference, and small beside what bends a cost.
constexpr double kStep = 1e-3;

/// A step that the configuration feels. Tokens of the whole group reach a rank rounded up, so that
/// less than some for each rank would tell of rounding.
double step_of(const Problem& problem, const ScaledKey& key, const Config& config) {
  constexpr double kTokensEach = 32.0;
  const auto* group = std::get_if<GlobalTokens>(&problem.workload.traffic.tokens);
  if (group == nullptr || key.key != "global_tokens") return kStep;
  return std::clamp(kTokensEach * config.gpus() / group->tokens, kStep, std::log(2.0));
}

/// The slopes to one side; empty where the input does not move there.
std::vector<double> slopes_to(VariedProblem& varied,
                              std::size_t input,
                              double factor,
                              const FiguresOf& figures,
                              const std::vector<double>& base) {
  const double moved = std::log(varied.factor_in_force(input, factor));
  std::vector<double> slopes;
  if (moved == 0.0) return slopes;
  const std::optional<Problem> problem = varied.at(input, factor);
  if (!problem) return slopes;
  const std::vector<double> there = figures(*problem);
  for (std::size_t at = 0; at < there.size(); ++at) {
    slopes.push_back(std::log(there[at] / base[at]) / moved);
  }
  return slopes;
}

/// The factor on one side that moves the input: by one at least where it is a whole number.
double factor_to(const VariedProblem& varied, std::size_t input, double step) {
  constexpr double kLargest = 0.7;  // of a logarithm: 1 becomes 2
  double away = step;
  while (varied.factor_in_force(input, std::exp(away)) == 1.0 && std::abs(away) < kLargest) {
    away *= 2.0;
  }
  return std::exp(away);
}

}  // namespace

Slopes slopes_of(VariedProblem& varied,
                 std::size_t input,
                 const FiguresOf& figures,
                 const std::vector<double>& base,
                 double step) {
  const auto to = [&](double away) {
    return slopes_to(varied, input, factor_to(varied, input, away), figures, base);
  };
  Slopes slopes{.down = to(-step), .up = to(step)};
  if (slopes.down.empty()) slopes.down = slopes.up;
  if (slopes.down.empty()) slopes.down.assign(base.size(), 0.0);
  if (slopes.up.empty()) slopes.up = slopes.down;
  return slopes;
}

double elasticity(VariedProblem& varied, std::size_t input, const Config& config) {
  const auto cost = [&](const Problem& problem) {
    return std::vector{cost_of(problem, held(problem, config))};
  };
  const Problem problem = *varied.at(input, 1.0);
  return slopes_of(varied, input, cost, cost(problem), step_of(problem, varied.key(input), config))
      .mean(0);
}

}  // namespace wideep
