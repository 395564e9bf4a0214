#include "fit/fused_gamma.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>

#include <fmt/format.h>

#include "fit/errors.h"

namespace wideep {
namespace {

/// A busiest rank has no less than the mean; below 1 the law is off, which is better shown.
constexpr double kLeastGamma = 0.5;
constexpr double kBeyondRanks = 2.0;

double residual(const FusedPoint& point, const FusedFigures& figures, double gamma) {
  return std::log(cost_of(point.work, figures, gamma).time(point.work.tokens) / point.time);
}

double median_error_of(std::span<const FusedPoint> points,
                       const FusedFigures& figures,
                       double gamma) {
  std::vector<double> errors;
  errors.reserve(points.size());
  for (const FusedPoint& point : points) {
    errors.push_back(std::abs(std::expm1(residual(point, figures, gamma))));
  }
  return median(errors);
}

/// As in solve_fused(), of one parameter: ln gamma.
Estimate gamma_estimate(std::span<const FusedPoint> points,
                        const FusedFigures& figures,
                        double gamma) {
  double pulls = 0.0;
  double bends = 0.0;
  double slopes = 0.0;
  for (const FusedPoint& point : points) {
    const FusedBreakdown at = breakdown(point.work, figures, gamma);
    const SoftResidual soft = soften(std::log(at.time / point.time));
    const double slope = at.joint / at.time * (at.shares[1] + at.shares[2]);
    pulls += soft.pull * soft.pull;
    bends += soft.pull_slope;
    slopes += slope * slope;
  }
  const int freedom = static_cast<int>(points.size()) - 1;
  if (freedom < 1 || slopes <= 0.0) return {.value = gamma, .se = 0.0, .low = gamma, .high = gamma};
  const auto count = static_cast<double>(points.size());
  const double error = std::sqrt(pulls / freedom / slopes) * count / bends;
  const double reach = std::exp(t_95(freedom) * error);
  return {.value = gamma, .se = gamma * error, .low = gamma / reach, .high = gamma * reach};
}

}  // namespace

void fit_gamma(std::span<const FusedPoint> points,
               const FusedFigures& figures,
               FusedImbalance& imbalance) {
  imbalance.points = static_cast<int>(points.size());
  if (points.empty()) {
    imbalance.reason = fmt::format("no row of {} tokens per rank or more", kLeastSkewedTokens);
    return;
  }
  imbalance.even_error = median_error_of(points, figures, 1.0);
  const double low = std::log(kLeastGamma);
  const double high = std::log(kBeyondRanks * points.front().work.ep_width);
  const auto loss = [&](double log_gamma) {
    double sum = 0.0;
    for (const FusedPoint& point : points) {
      const double root = soften(residual(point, figures, std::exp(log_gamma))).root;
      sum += root * root;
    }
    return sum;
  };
  // Every residual grows with gamma, and so does each part of the loss with its size: of points
  // that disagree there may be several minima, so the best of a scan is where the search begins.
  constexpr int kSteps = 64;
  const double step = (high - low) / kSteps;
  double best = low;
  for (int at = 1; at <= kSteps; ++at) {
    if (loss(low + at * step) < loss(best)) best = low + at * step;
  }
  constexpr int kBits = 26;  // half of a double's, as far as a minimum is told
  const double found =
      boost::math::tools::brent_find_minima(loss, best - step, best + step, kBits).first;
  if (found < low || found > high) {
    imbalance.reason = fmt::format(
        "none from {} to {} meets them", kLeastGamma, kBeyondRanks * points.front().work.ep_width);
    return;
  }
  const double gamma = std::exp(found);
  imbalance.gamma = gamma_estimate(points, figures, gamma);
  imbalance.median_error = median_error_of(points, figures, gamma);
}

}  // namespace wideep
