#include "fit/errors.h"

#include <algorithm>
#include <cmath>

namespace wideep {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

ErrorSummary summary_of(const std::vector<double>& errors) {
  if (errors.empty()) return {};
  return {.points = static_cast<int>(errors.size()),
          .median = median(errors),
          .largest = *std::max_element(errors.begin(), errors.end())};
}

HeldOutErrors held_out_errors(const std::vector<double>& errors) {
  const ErrorSummary summary = summary_of(errors);
  return {.points = summary.points,
          .median_error = summary.median,
          .largest_error = summary.largest,
          .reason = {}};
}

double root_mean_square(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return values.empty() ? 0.0 : std::sqrt(sum / static_cast<double>(values.size()));
}

bool clearly_better(const std::vector<double>& simple, const std::vector<double>& other) {
  constexpr double kNoise = 2.0;
  constexpr double kWorth = 0.9;
  const auto count = static_cast<double>(simple.size());
  double mean = 0.0;
  double square = 0.0;
  for (std::size_t at = 0; at < simple.size(); ++at) {
    const double gain = simple[at] * simple[at] - other[at] * other[at];
    mean += gain / count;
    square += gain * gain / count;
  }
  const double se = std::sqrt(std::max(0.0, square - mean * mean) / std::max(1.0, count - 1.0));
  return mean > kNoise * se && root_mean_square(other) < kWorth * root_mean_square(simple);
}

}  // namespace wideep
