#include "model/largest_count.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wideep {
namespace {

constexpr double kNegligible = 1e-12;

/// ln x! minus Stirling's formula for it.
double stirling_error(double x) {
  constexpr double kSeriesHolds = 10.0;
  double shifted = 0.0;
  while (x < kSeriesHolds) {
    shifted += (x + 0.5) * std::log1p(1.0 / x) - 1.0;
    x += 1.0;
  }
  const double per_x = 1.0 / x;
  // NOLINTNEXTLINE(readability-magic-numbers): Bernoulli numbers
  return shifted + per_x * (1.0 / 12 - per_x * per_x * (1.0 / 360 - per_x * per_x / 1260));
}

/// d - ln(1 + d), without cancellation near 0.
double log_excess(double d) {
  constexpr double kSmall = 0.01;
  if (std::abs(d) > kSmall) return d - std::log1p(d);
  // NOLINTNEXTLINE(readability-magic-numbers): the series of the logarithm
  return d * d * (1.0 / 2 - d * (1.0 / 3 - d * (1.0 / 4 - d * (1.0 / 5 - d / 6))));
}

/// ln P(count = x). Differences of ln Gamma lose every digit at 1e9 tokens, hence the saddle point.
/// Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000).
double log_mass(const CountLaw& law, double x) {
  const auto& [mean, shape] = law;
  if (x == 0.0) return -shape * std::log1p(mean / shape);
  const double both = x + shape;
  const double deviance = shape * log_excess((x - mean) / (shape + mean)) +
                          x * log_excess(shape / (shape + mean) * (mean - x) / x);
  const double stirling = stirling_error(both) - stirling_error(shape) - stirling_error(x);
  return stirling - deviance + 0.5 * std::log(shape / both / (2.0 * std::numbers::pi * x));
}

/// ln P(x + 1) / P(x).
double log_slope(const CountLaw& law, double x) {
  const auto& [mean, shape] = law;
  return std::log1p((shape * (mean - x - 1.0) - mean) / ((x + 1.0) * (mean + shape)));
}

/// A step down from x across which ln P is nearly a line and the tail changes little.
double stride(const CountLaw& law, double x) {
  constexpr double kPerBend = 16.0;  // gamma - 1 is then within 0.1 %
  constexpr double kPerDecay = 8.0;
  const double bend = std::sqrt((x + law.shape) / std::abs(law.shape - 1.0) * (x + 0.5));
  const double decay = 1.0 / std::abs(log_slope(law, x));
  return std::clamp(std::floor(std::min(bend / kPerBend, decay / kPerDecay)), 1.0, x);
}

/// Sum over the `steps` places above the one that holds `low`, up to the one that holds `high`, of
/// what runs between them as an exponential.
double exponential_sum(double low, double high, double steps) {
  constexpr double kFlat = 1e-4;
  const double rise = std::log(high / low);
  if (std::abs(rise) < kFlat) return 0.5 * (steps * (low + high) + (high - low));
  return (low - high) / std::expm1(-rise / steps);
}

/// A count that the largest of `ranks` draws exceeds with negligible chance.
double top_count(const CountLaw& law, double ranks) {
  const double spread = std::sqrt(law.mean + law.mean * law.mean / law.shape);
  const auto tail = [&](double x) {
    return std::exp(log_mass(law, x)) * std::max(1.0, 1.0 / std::abs(log_slope(law, x)));
  };
  constexpr double kGrowth = 1.25;
  double above = 1.0 + spread;
  while (ranks * tail(std::ceil(law.mean + above)) > kNegligible) above = above * kGrowth + 1.0;
  return std::ceil(law.mean + above);
}

/// Whether counts at or below x hardly occur.
bool is_below_all(const CountLaw& law, double x, double mass) {
  constexpr double kHardly = 1e-7;
  const double slope = log_slope(law, x);
  return slope > 0.0 && mass * std::max(1.0, 1.0 / slope) < kHardly;
}

}  // namespace

double expected_largest(const CountLaw& law, double ranks) {
  double x = top_count(law, ranks);
  double mass = std::exp(log_mass(law, x));
  double tail = mass;  // P(count > x), or what is as negligible
  double reached = ranks * tail;
  double sum = 0.0;
  while (x > 0.0 && reached < 1.0 - kNegligible && !is_below_all(law, x, mass)) {
    const double steps = stride(law, x);
    const double mass_below = std::exp(log_mass(law, x - steps));
    tail = std::min(1.0, tail + exponential_sum(mass_below, mass, steps));
    const double reached_below = -std::expm1(ranks * std::log1p(-tail));
    sum += exponential_sum(reached_below, reached, steps) + reached_below - reached;
    x -= steps;
    mass = mass_below;
    reached = reached_below;
  }
  return sum + x;
}

}  // namespace wideep
