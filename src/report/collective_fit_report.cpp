#include "report/collective_fit_report.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/words.h"
#include "report/fit_parts.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "AR-vLLM all_reduce of 8 ranks".
std::string called(const CollectiveSeries& series) {
  return fmt::format(
      "{} {} of {} ranks", collectives_name(series.library), name_of(series.op), series.ranks);
}

std::string columns_of(const CollectiveSeries& series) {
  return fmt::format(
      "  {:<10}{:<15}{:>5}", collectives_name(series.library), name_of(series.op), series.ranks);
}

/// A measured size beside its curve.
struct SizeError {
  const CollectiveFit* fit = nullptr;
  CollectivePoint measured;
  Seconds fitted;

  [[nodiscard]] double error() const { return fitted / measured.time - 1.0; }
  /// Whether the size is one of the curve's own points.
  [[nodiscard]] bool kept() const {
    const auto& points = fit->curve->points;
    return std::any_of(points.begin(), points.end(), [&](const CollectivePoint& point) {
      return point.bytes == measured.bytes;
    });
  }
};

std::vector<SizeError> size_errors(const CollectiveFit& fit) {
  std::vector<SizeError> all;
  if (!fit.curve) return all;
  for (const CollectivePoint& point : fit.measured) {
    all.push_back({&fit, point, fit.curve->at(point.bytes)});
  }
  return all;
}

Text point_rows(const CollectiveFits& fits, bool everything) {
  std::vector<SizeError> all;
  std::vector<double> errors;
  for (const CollectiveFit& fit : fits) {
    for (const SizeError& one : size_errors(fit)) {
      all.push_back(one);
      errors.push_back(one.error());
    }
  }
  const ShownPoints shown = shown_points(errors, everything);
  std::string text = shown.title;
  text += "  kernel    operation      ranks     bytes    measured      fitted   error\n";
  for (const std::size_t at : shown.order) {
    const SizeError& one = all[at];
    text += fmt::format("{}{:>10}{:>12}{:>12}{:>7}%{}\n",
                        columns_of(one.fit->series),
                        format(one.measured.bytes),
                        format(one.measured.time),
                        format(one.fitted),
                        fmt::format("{:+.1f}", kPercent * one.error()),
                        one.kept() ? " kept" : "");
  }
  return text;
}

}  // namespace

bool any_curve(const CollectiveFits& fits) {
  return std::any_of(
      fits.begin(), fits.end(), [](const CollectiveFit& fit) { return fit.curve.has_value(); });
}

Text collectives_headline(const CollectiveFits& fits) {
  struct Said {
    std::set<std::string_view> ops;
    std::set<int> ranks;
    std::vector<double> errors;
  };
  std::map<Library, Said> by_library;
  for (const CollectiveFit& fit : fits) {
    if (!fit.curve) continue;
    Said& said = by_library[fit.series.library];
    said.ops.insert(name_of(fit.series.op));
    said.ranks.insert(fit.series.ranks);
    for (const SizeError& one : size_errors(fit)) said.errors.push_back(std::abs(one.error()));
  }
  Text text;
  for (const auto& [library, said] : by_library) {
    const ErrorSummary errors = summary_of(said.errors);
    text += labelled(collectives_name(library),
                     fmt::format("{} of {} ranks: median error {}, largest {}.",
                                 fmt::join(said.ops, ", "),
                                 fmt::join(said.ranks, ", "),
                                 format_percent(errors.median),
                                 format_percent(errors.largest)));
  }
  return text;
}

Text collectives_text(const CollectiveFits& fits, bool everything) {
  if (!any_curve(fits)) return {};
  const CurveAim aim;
  Text text = fmt::format(
      "Collectives curves of as few sizes as come within {:.0f}% at {:.0f}% of them\n"
      "  kernel    operation      ranks sizes  kept   median{:>7.0f}%     most\n",
      kPercent * aim.near,
      kPercent * aim.share,
      kPercent * aim.share);
  for (const CollectiveFit& fit : fits) {
    if (!fit.curve) continue;
    text += fmt::format("{}{:>6}{:>6}{:>9}{:>8}{:>9}\n",
                        columns_of(fit.series),
                        fit.measured.size(),
                        fit.curve->points.size(),
                        format_percent(fit.median_error),
                        format_percent(fit.high_error),
                        format_percent(fit.largest_error));
  }
  return text + "\n" + point_rows(fits, everything);
}

Json collectives_json(const CollectiveFits& fits) {
  Json all = Json::array();
  for (const CollectiveFit& fit : fits) {
    const auto error = [&](double value) { return fit.curve ? Json(value) : Json(nullptr); };
    Json json{{"kernel", collectives_name(fit.series.library)},
              {"library", name_of(fit.series.library)},
              {"op", name_of(fit.series.op)},
              {"ranks", fit.series.ranks},
              {"sizes", fit.measured.size()},
              {"curve", Json::array()},
              {"median_relative_error", error(fit.median_error)},
              {"high_relative_error", error(fit.high_error)},
              {"largest_relative_error", error(fit.largest_error)},
              {"meets_aim", fit.meets_aim},
              {"measured", Json::array()}};
    if (!fit.curve) json["reason"] = "one size tells no curve";
    for (const CollectivePoint& point : fit.curve.value_or(CollectiveCurve{}).points) {
      json["curve"].push_back({{"bytes", point.bytes / unit::B}, {"time_s", point.time / unit::s}});
    }
    for (const SizeError& one : size_errors(fit)) {
      json["measured"].push_back({{"bytes", one.measured.bytes / unit::B},
                                  {"measured_s", one.measured.time / unit::s},
                                  {"fitted_s", one.fitted / unit::s},
                                  {"kept", one.kept()}});
    }
    all.push_back(std::move(json));
  }
  return all;
}

std::vector<std::string> collectives_warnings(const CollectiveFits& fits) {
  constexpr double kAlike = 0.2;  // as far as repeats of one machine are from each other
  std::vector<std::string> warnings;
  for (const CollectiveFit& fit : fits) {
    const std::string name = called(fit.series);
    if (!fit.curve) {
      warnings.push_back(name + " is not fitted: one size tells no curve.");
      continue;
    }
    if (!fit.meets_aim) {
      warnings.push_back(
          fmt::format("{}: measured times fall with the size, which a curve does not: {} off at "
                      "worst.",
                      name,
                      format_percent(fit.largest_error)));
    }
    if (fit.spread > kAlike) {
      warnings.push_back(
          fmt::format("{}: times of one size differ by {}, and their median is taken: were these "
                      "measured on one kind of machine, with the same settings?",
                      name,
                      format_percent(fit.spread)));
    }
  }
  return warnings;
}

}  // namespace wideep
