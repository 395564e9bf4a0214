#include "report/scatter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "report/fit_parts.h"

namespace wideep {
namespace {

constexpr int kPlotColumns = 64;
constexpr int kRows = 11;  // odd, so that one row is 0
constexpr int kMiddle = kRows / 2;

/// The smallest of these that holds nearly all errors.
double limit_of(const std::vector<ScatterPoint>& points) {
  constexpr std::array<double, 6> kLimits = {0.05, 0.1, 0.2, 0.5, 1.0, 2.0};
  constexpr double kNearlyAll = 0.98;
  std::vector<double> sizes;
  sizes.reserve(points.size());
  for (const ScatterPoint& point : points) sizes.push_back(std::abs(point.y));
  std::sort(sizes.begin(), sizes.end());
  const double most =
      sizes[static_cast<std::size_t>(kNearlyAll * static_cast<double>(sizes.size() - 1))];
  for (const double limit : kLimits) {
    if (most <= limit) return limit;
  }
  return kLimits.back();
}

}  // namespace

std::string error_scatter(const std::vector<ScatterPoint>& points,
                          const std::function<std::string(double)>& label) {
  const double limit = limit_of(points);
  double least = points.front().x;
  double most = least;
  for (const ScatterPoint& point : points) {
    least = std::min(least, point.x);
    most = std::max(most, point.x);
  }
  const double span = std::max(1e-9, std::log(most / least));
  std::vector<std::string> rows(kRows, std::string(kPlotColumns, ' '));
  rows[kMiddle] = std::string(kPlotColumns, '-');
  for (const ScatterPoint& point : points) {
    const auto column = static_cast<std::size_t>(
        std::lround(std::log(point.x / least) / span * (kPlotColumns - 1)));
    const double height = std::clamp(point.y / limit, -1.0, 1.0);
    const auto row = static_cast<std::size_t>(std::lround(kMiddle - height * kMiddle));
    rows[row][column] = point.mark;
  }
  std::string text;
  for (int row = 0; row < kRows; ++row) {
    const bool named = row == 0 || row == kMiddle || row == kRows - 1;
    const double share = limit * (kMiddle - row) / kMiddle;
    std::string line = fmt::format("  {:>5} |{}",
                                   named ? fmt::format("{:+.0f}%", kPercent * share) : "",
                                   rows[static_cast<std::size_t>(row)]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  const std::string low = label(least);
  const std::string high = label(most);
  const auto gap =
      static_cast<std::size_t>(kPlotColumns) - std::min<std::size_t>(kPlotColumns, low.size());
  return text + fmt::format("         {}{:>{}}\n", low, high, gap);
}

}  // namespace wideep
