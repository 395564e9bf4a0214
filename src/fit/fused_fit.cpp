#include "fit/fused_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "fit/fused_solve.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::vector<FusedPoint> points_of(const FusedFit& fit, const std::vector<FusedSample>& samples) {
  std::vector<FusedPoint> points;
  points.reserve(samples.size());
  for (const FusedSample& sample : samples) {
    points.push_back({work_of(fit.shapes[sample.series], sample), sample.time});
  }
  return points;
}

/// Six figures, less what is given or cannot be told, and two points for their errors.
std::size_t least_points(const FusedFit& fit, const FusedFitOptions& options) {
  constexpr std::size_t kForErrors = 2;
  const bool per_rank = !options.launch_per_rank && fit.ep_widths.size() > 1;
  return kFusedPlaces + kForErrors - (per_rank ? 0 : 1);
}

std::string why_too_few(const FusedFit& fit, const FusedFitOptions& options) {
  if (fit.samples.empty()) return "no row has even routing, or all such rows are held out";
  if (fit.ep_widths.back() == 1) return "measured at EP 1 only, where nothing is sent";
  if (fit.tokens.most < kLeastRatio * fit.tokens.least) {
    return fmt::format("{} tokens per rank are too near each other to tell what a token costs",
                       format_range(fit.tokens.least, fit.tokens.most));
  }
  const std::size_t needed = least_points(fit, options);
  if (fit.samples.size() < needed) {
    return fmt::format(
        "{} measurements; the figures and their errors need {}", fit.samples.size(), needed);
  }
  return "";
}

/// Why a law came out that says nothing of what it must say; empty where it does.
std::string why_untold(const FusedSolution& solution, const FusedFit& fit) {
  const auto told = [&](FusedPlace place) {
    return solution.told[place] && is_known(solution.variance[place], solution.freedom);
  };
  const std::string range = format_range(fit.tokens.least, fit.tokens.most);
  if (!told(kFusedBandwidth)) {
    return fmt::format(
        "the time does not grow clearly with tokens from {} per rank: measure more tokens", range);
  }
  if (!told(kFusedRead)) {
    return fmt::format(
        "what reading weights takes does not show with {} tokens per rank: measure fewer", range);
  }
  if (!solution.told[kFusedExponent] && solution.held[kFusedExponent] == Held::kNot) {
    return fmt::format("how the parts overlap does not show with {} tokens per rank", range);
  }
  return "";
}

void fit_samples(FusedFit& fit, const FusedFitOptions& options) {
  fit.reason = why_too_few(fit, options);
  if (!fit.reason.empty()) return;
  const FusedSolution solution =
      solve_fused({points_of(fit, fit.samples), options.launch_per_rank});
  fit.reason = why_untold(solution, fit);
  if (!fit.reason.empty()) return;
  fit.estimates = estimates_of(solution, fit.ep_widths.front());
  fit.spread = solution.sigma;
  fit.freedom = solution.freedom;
}

std::vector<double> errors_of(const FusedFit& fit, const std::vector<FusedSample>& samples) {
  std::vector<double> errors;
  errors.reserve(samples.size());
  for (const FusedSample& sample : samples) {
    errors.push_back(std::abs(fit.time(sample) / sample.time - 1.0));
  }
  return errors;
}

/// The rows of one device and type.
struct Rows {
  FusedFit fit;
  std::vector<FusedSample> held;
  /// Of uneven routing, by series of the measurements and EP width.
  std::map<std::pair<std::size_t, int>, std::vector<FusedSample>> uneven;
};

auto shape_of(const FusedSeries& series) {
  return std::tuple(series.hidden_size, series.expert_size, series.top_k, series.experts);
}

/// Its place among the shapes, where it is put if it is new.
std::size_t shape_index(std::vector<FusedSeries>& shapes, const FusedSeries& series) {
  const auto found = std::find_if(shapes.begin(), shapes.end(), [&](const FusedSeries& shape) {
    return shape_of(shape) == shape_of(series);
  });
  if (found != shapes.end()) return static_cast<std::size_t>(found - shapes.begin());
  shapes.push_back(series);
  return shapes.size() - 1;
}

std::vector<Rows> rows_of(const Measurements& measurements, const FusedFitOptions& options) {
  std::map<std::pair<std::string, std::string>, Rows> groups;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const FusedSample& sample : measurements.fused) {
    const FusedSeries& series = measurements.fused_series[sample.series];
    Rows& rows = groups[{series.device, series.dtype}];
    rows.fit.device = series.device;
    rows.fit.dtype = series.dtype;
    rows.fit.weights = series.weights;
    if (!series.distribution.empty()) {
      rows.uneven[{sample.series, sample.ep_width}].push_back(sample);
      continue;
    }
    const auto& widths = options.holdout_widths;
    const bool leave =
        widths.empty() ? uniform(random) < options.holdout_share
                       : std::find(widths.begin(), widths.end(), sample.ep_width) != widths.end();
    FusedSample own = sample;
    own.series = shape_index(rows.fit.shapes, series);
    (leave ? rows.held : rows.fit.samples).push_back(own);
  }
  std::vector<Rows> all;
  all.reserve(groups.size());
  for (auto& [key, rows] : groups) all.push_back(std::move(rows));
  return all;
}

void describe(FusedFit& fit) {
  if (fit.samples.empty()) return;
  std::set<int> widths;
  for (const FusedSample& sample : fit.samples) widths.insert(sample.ep_width);
  fit.ep_widths.assign(widths.begin(), widths.end());
  fit.tokens = extent_of(fit.samples, &FusedSample::tokens);
}

void add_imbalances(const Measurements& measurements, Rows& rows) {
  const FusedFigures figures = rows.fit.estimates->figures();
  for (const auto& [key, samples] : rows.uneven) {
    const auto& [series, ep_width] = key;
    if (ep_width == 1) continue;  // the only rank has all
    FusedImbalance imbalance{.series = measurements.fused_series[series], .ep_width = ep_width};
    std::vector<FusedPoint> points;
    for (const FusedSample& sample : samples) {
      if (sample.tokens < kLeastSkewedTokens) continue;
      points.push_back({work_of(imbalance.series, sample), sample.time});
    }
    fit_gamma(points, figures, imbalance);
    rows.fit.imbalances.push_back(std::move(imbalance));
  }
  std::stable_sort(
      rows.fit.imbalances.begin(), rows.fit.imbalances.end(), [](const auto& a, const auto& b) {
        return std::tie(a.series.distribution, a.ep_width) <
               std::tie(b.series.distribution, b.ep_width);
      });
}

}  // namespace

Seconds FusedFit::time(const FusedSample& sample) const {
  const FusedWork work = work_of(shapes[sample.series], sample);
  return cost_of(work, estimates->figures()).time(work.tokens);
}

std::vector<FusedFit> fit_fused(const Measurements& measurements, const FusedFitOptions& options) {
  std::vector<FusedFit> fits;
  for (Rows& rows : rows_of(measurements, options)) {
    describe(rows.fit);
    fit_samples(rows.fit, options);
    if (rows.fit.estimates) {
      const ErrorSummary errors = summary_of(errors_of(rows.fit, rows.fit.samples));
      rows.fit.median_error = errors.median;
      rows.fit.largest_error = errors.largest;
      add_imbalances(measurements, rows);
    }
    if (!rows.held.empty()) {
      rows.fit.held_out = rows.fit.estimates
                              ? held_out_errors(errors_of(rows.fit, rows.held))
                              : HeldOutErrors{.reason = "nothing was fitted to what is left"};
    }
    fits.push_back(std::move(rows.fit));
  }
  return fits;
}

}  // namespace wideep
