#include "report/comm_fit_points.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "report/comm_fit_rows.h"
#include "report/fit_parts.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// A measurement beside what the calibration says of it, or its curve where that is in no law.
struct Residual {
  const SeriesFit* series = nullptr;
  const CommSample* sample = nullptr;
  Seconds fitted;
  double error = 0.0;  ///< fitted / measured - 1
  bool outlier = false;
};

std::vector<Residual> residuals(const CommFit& fit) {
  std::vector<Residual> all;
  for (const SeriesFit& one : fit.series) {
    if (!one.curve || !one.chosen) continue;
    for (std::size_t at = 0; at < one.samples.size(); ++at) {
      const CommSample& sample = one.samples[at];
      const Seconds fitted = law_time(fit, one, sample).value_or(one.curve->time(sample.volume));
      all.push_back({&one, &sample, fitted, fitted / sample.time - 1.0, one.curve->is_outlier(at)});
    }
  }
  return all;
}

/// A letter for each kernel, capital in dispatch and small in combine.
std::map<std::string, char> marks_of(const CommFit& fit) {
  std::map<std::string, char> marks;
  std::set<char> taken;
  for (const SeriesFit& one : fit.series) {
    if (marks.contains(one.series.kernel)) continue;
    char mark = one.series.kernel.front();
    for (char other = 'A'; taken.contains(mark) && other <= 'Z'; ++other) mark = other;
    marks[one.series.kernel] = static_cast<char>(std::toupper(static_cast<unsigned char>(mark)));
    taken.insert(marks[one.series.kernel]);
  }
  return marks;
}

std::string scatter(const CommFit& fit, const std::vector<Residual>& all) {
  const std::map<std::string, char> marks = marks_of(fit);
  std::vector<ScatterPoint> points;
  for (const Residual& residual : all) {
    const char mark = marks.at(residual.series->series.kernel);
    const bool small = residual.series->series.direction == Direction::kCombine;
    points.push_back(
        {residual.sample->volume / unit::B,
         residual.error,
         small ? static_cast<char>(std::tolower(static_cast<unsigned char>(mark))) : mark});
  }
  std::string legend;
  for (const auto& [kernel, mark] : marks) {
    legend += fmt::format(", {} {}", mark, kernel);
  }
  return fmt::format("Fitted over measured, by V (capitals: dispatch{})\n", legend) +
         error_scatter(points, [](double bytes) { return format(Bytes(bytes)); });
}

/// Every point, or those furthest from their curve.
std::string point_rows(std::vector<Residual> all, bool everything) {
  constexpr std::size_t kShown = 12;
  const std::size_t count = everything ? all.size() : std::min(kShown, all.size());
  if (!everything) {
    std::stable_sort(all.begin(), all.end(), [](const Residual& a, const Residual& b) {
      return std::abs(std::log1p(a.error)) > std::abs(std::log1p(b.error));
    });
  }
  std::string text =
      count < all.size()
          ? fmt::format(
                "Points      the {} of {} furthest off; --points shows all\n", count, all.size())
          : "Points\n";
  text += "  kernel phase     EP SMs  tokens          V    measured      fitted   error\n";
  for (std::size_t at = 0; at < count; ++at) {
    const Residual& residual = all[at];
    const CommSeries& series = residual.series->series;
    const CommSample& sample = *residual.sample;
    text += fmt::format("{}{:>8}{:>11}{:>12}{:>12}{:>7}%{}\n",
                        series_columns(series),
                        sample.tokens > 0.0 ? fmt::format("{:.0f}", sample.tokens) : "-",
                        format(sample.volume),
                        format(sample.time),
                        format(residual.fitted),
                        fmt::format("{:+.1f}", kPercent * residual.error),
                        residual.outlier ? " out" : "");
  }
  return text;
}

}  // namespace

std::string comm_fit_points(const CommFit& fit, bool everything) {
  const std::vector<Residual> all = residuals(fit);
  return fmt::format("{}\n{}", scatter(fit, all), point_rows(all, everything));
}

}  // namespace wideep
