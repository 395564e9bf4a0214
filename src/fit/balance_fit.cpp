#include "fit/balance_fit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Two batches of two: with fewer neither has a mean of its own.
constexpr std::size_t kLeastValues = 4;

double mean_of(const double* first, std::size_t count) {
  double sum = 0.0;
  for (std::size_t at = 0; at < count; ++at) sum += first[at];
  return sum / static_cast<double>(count);
}

/// Mean of values in the order of the log. The few that do not fill a batch count in the mean only.
Estimate batch_means(const std::vector<double>& values) {
  const auto batches = static_cast<std::size_t>(std::sqrt(static_cast<double>(values.size())));
  const std::size_t size = values.size() / batches;
  const double mean = mean_of(values.data(), values.size());
  double squares = 0.0;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const double off = mean_of(values.data() + batch * size, size) - mean;
    squares += off * off;
  }
  const auto freedom = static_cast<int>(batches) - 1;
  const double variance = squares / freedom / static_cast<double>(batches);
  Estimate estimate = estimate_of(mean, variance, freedom);
  estimate.low = std::max(1.0, estimate.low);
  return estimate;
}

/// By the definition of the empirical quantile: the least value that 95 % do not exceed.
double p95_of(std::vector<double> values) {
  constexpr double kShare = 0.95;
  const auto rank =
      static_cast<std::size_t>(std::ceil(kShare * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// No rank has more than the whole group's load, nor the busiest one less than the mean. Written so
/// that what is no number is impossible too.
bool possible(double gamma, int ep_width) {
  // Logs print few digits, so that an even load may read 0.9999.
  constexpr double kRounding = 1e-3;
  return gamma >= 1.0 - kRounding && gamma <= (1.0 + kRounding) * ep_width;
}

BalanceFit fit_of(const std::vector<BalanceSample>& samples) {
  BalanceFit fit;
  fit.tool = samples.front().tool;
  fit.ep_width = samples.front().ep_width;
  if (fit.ep_width == 0) {
    fit.values = static_cast<int>(samples.size());
    fit.reason = "the log does not say the EP width, and gamma holds at its own only";
    return fit;
  }
  std::vector<double> values;
  values.reserve(samples.size());
  for (const BalanceSample& sample : samples) {
    const double gamma = sample.straggler_factor;
    if (possible(gamma, fit.ep_width)) values.push_back(std::max(1.0, gamma));
  }
  fit.values = static_cast<int>(values.size());
  fit.left_out = static_cast<int>(samples.size() - values.size());
  if (values.size() < kLeastValues) {
    fit.reason =
        fmt::format("{} values; a mean with its error needs {}", values.size(), kLeastValues);
    return fit;
  }
  fit.mean = batch_means(values);
  fit.p95 = p95_of(std::move(values));
  return fit;
}

}  // namespace

std::vector<BalanceFit> fit_balance(const Measurements& measurements) {
  std::map<std::pair<BalanceTool, int>, std::vector<BalanceSample>> groups;
  for (const BalanceSample& sample : measurements.balance) {
    groups[{sample.tool, sample.ep_width}].push_back(sample);
  }
  std::vector<BalanceFit> fits;
  fits.reserve(groups.size());
  for (const auto& [key, samples] : groups) fits.push_back(fit_of(samples));
  return fits;
}

}  // namespace wideep
