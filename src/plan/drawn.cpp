// Shares, means and percentiles of draws.
#include "plan/drawn.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/draws.h"
#include "search/agenda.h"

namespace wideep {
namespace {

/// At a share of the way through sorted values, linear between them.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Of what `figure` takes from each draw.
template <class Figure>
Spread spread_over(std::span<const Drawn> all, const Figure& figure) {
  std::vector<double> values;
  for (const Drawn& one : all) {
    const std::optional<double> value = figure(one);
    if (value) values.push_back(*value);
  }
  return spread_of(std::move(values));
}

std::vector<Winner> winners_of(std::span<const Drawn> all) {
  std::vector<Winner> winners;
  for (const Drawn& one : all) {
    if (!one.winner) continue;
    const auto known = std::find_if(winners.begin(), winners.end(), [&](const Winner& winner) {
      return same_choice(winner.config, *one.winner);
    });
    if (known == winners.end()) {
      winners.push_back({*one.winner, 1});
    } else {
      ++known->draws;
    }
  }
  std::stable_sort(winners.begin(), winners.end(), [](const Winner& a, const Winner& b) {
    return a.draws > b.draws;
  });
  return winners;
}

void set_shares(std::span<const Drawn> all, Confidence& confidence) {
  int best = 0;
  int broken = 0;
  int compared = 0;
  double sum = 0.0;
  double squares = 0.0;
  for (const Drawn& one : all) {
    if (!one.feasible) continue;
    ++confidence.feasible;
    best += one.best ? 1 : 0;
    broken += one.broken ? 1 : 0;
    if (one.broken) continue;
    ++compared;
    sum += one.excess;
    squares += one.excess * one.excess;
  }
  if (confidence.feasible == 0) return;
  confidence.best_share = 1.0 * best / confidence.feasible;
  confidence.broken_share = 1.0 * broken / confidence.feasible;
  if (compared == 0) return;
  confidence.regret = sum / compared;
  if (compared == 1) return;
  const double variance = std::max(0.0, squares - sum * confidence.regret) / (compared - 1.0);
  confidence.regret_error = std::sqrt(variance / compared);
}

}  // namespace

std::vector<double> drawn_factors(std::span<const UncertainInput> inputs,
                                  std::uint64_t seed,
                                  std::uint64_t draw) {
  std::vector<double> factors;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const double deviation = inputs[input].deviation;
    const bool moves = deviation > 0.0;
    factors.push_back(moves ? std::exp(log_of_factor(deviation, drawn_normal(seed, draw, input)))
                            : 1.0);
  }
  return factors;
}

Spread spread_of(std::vector<double> values) {
  constexpr double kLow = 0.05;
  constexpr double kMiddle = 0.5;
  constexpr double kHigh = 0.95;
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {.low = quantile(values, kLow),
          .median = quantile(values, kMiddle),
          .high = quantile(values, kHigh),
          .draws = static_cast<int>(values.size())};
}

Confidence summary_of(std::span<const Drawn> all, const Config& config, const Draws& draws) {
  Confidence confidence;
  confidence.config = config;
  confidence.draws = draws;
  set_shares(all, confidence);
  confidence.winners = winners_of(all);
  confidence.layer = spread_over(all, [](const Drawn& one) { return std::optional(one.layer); });
  confidence.tpot = spread_over(all, [](const Drawn& one) { return std::optional(one.tpot); });
  confidence.ttft = spread_over(all, [](const Drawn& one) { return one.ttft; });
  confidence.full_overlap_tokens =
      spread_over(all, [](const Drawn& one) { return one.full_overlap_tokens; });
  confidence.full_overlap_until_tokens =
      spread_over(all, [](const Drawn& one) { return one.full_overlap_until_tokens; });
  confidence.kernel_crossover_bytes =
      spread_over(all, [](const Drawn& one) { return one.kernel_crossover_bytes; });
  return confidence;
}

Rivals rivals_of(const Confidence& confidence, const std::optional<Config>& rival) {
  constexpr std::size_t kMost = 3;
  Rivals rivals;
  for (const Winner& winner : confidence.winners) {
    if (rivals.configs.size() == kMost || same_choice(winner.config, confidence.config)) continue;
    rivals.configs.push_back(winner.config);
    rivals.weights.push_back(1.0 * winner.draws);
  }
  const bool other = rival && !same_choice(*rival, confidence.config);
  if (!rivals.configs.empty() || !other) return rivals;
  return {.configs = {*rival}, .weights = {1.0}};
}

std::vector<InputSlopes> slopes_of_uncertain(VariedProblem& varied,
                                             std::span<const UncertainInput> inputs,
                                             const FiguresOf& figures,
                                             const std::function<bool(std::size_t)>& counts) {
  const std::vector<double> still(varied.size(), 1.0);
  const std::vector<double> base = figures(*varied.at(still));
  std::vector<InputSlopes> all;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const double deviation = inputs[input].deviation;
    if (deviation == 0.0 || !counts(input)) continue;
    const double step = log_of_factor(deviation, 1.0);
    all.push_back({input, slopes_of(varied, input, figures, base, step)});
  }
  return all;
}

std::vector<Lever> levers_of(std::span<const InputSlopes> all,
                             const ComparedCosts& costs,
                             std::span<const UncertainInput> inputs) {
  constexpr double kVisible = 1e-6;  // of a share; below are rounding errors
  double weights = 0.0;
  for (const double weight : costs.weights) weights += weight;
  std::vector<Lever> levers;
  for (const auto& [input, slopes] : all) {
    double variance = 0.0;
    for (std::size_t one = 0; one < costs.rivals.size(); ++one) {
      const double apart = slopes.mean(costs.rivals[one]) - slopes.mean(costs.ours);
      const double margin = apart * inputs[input].deviation;
      variance += costs.weights[one] / weights * margin * margin;
    }
    if (std::sqrt(variance) > kVisible) levers.push_back({input, std::sqrt(variance)});
  }
  std::stable_sort(levers.begin(), levers.end(), [](const Lever& a, const Lever& b) {
    return a.margin_deviation > b.margin_deviation;
  });
  return levers;
}

}  // namespace wideep
