#include "report/fused_fit_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "66.14 us + 450.2 ns P".
std::string launch_law(const FusedEstimates& estimates) {
  const double per_rank = estimates.launch_per_rank.value;
  std::string text = time_of(estimates.launch.value);
  if (per_rank > 0.0) text += fmt::format(" + {} P", time_of(per_rank));
  return text;
}

/// What a report has in an estimate's place.
std::string told_text(const NamedFigure& named) {
  const FusedFigure& figure = *named.figure;
  const auto text = [&](double value) { return figure_text(named, value); };
  if (figure.estimate) {
    return fmt::format("{} to {}", text(figure.estimate->low), text(figure.estimate->high));
  }
  if (figure.at_least) return fmt::format("{} or more", text(*figure.at_least));
  return figure.reason;
}

Text fused_estimates_text(const FusedFit& fit) {
  Text text = name_of(fit) + "\n";
  text += labelled("  measured",
                   fmt::format("{} at EP {}, {} tokens per rank.",
                               points_text(static_cast<int>(fit.samples.size())),
                               fmt::join(fit.ep_widths, ", "),
                               format_range(fit.tokens.least, fit.tokens.most)));
  std::string shapes;
  for (const FusedSeries& shape : fit.shapes) {
    shapes += fmt::format("{}{}", shapes.empty() ? "of " : " and ", shape_text(shape));
  }
  text += labelled(fit.shapes.size() > 1 ? "  one law" : "  experts", shapes + ".");
  text += "  figure             fitted        95% interval\n";
  for (const NamedFigure& named : figures_of(*fit.estimates)) {
    text +=
        fmt::format("  {:<18} {:<13} {}\n",
                    named.key,
                    named.figure->value > 0.0 ? figure_text(named, named.figure->value) : "none",
                    told_text(named));
  }
  if (fit.held_out) text += held_out_text(*fit.held_out);
  return text;
}

/// "power_law_sampled_1.9", or as much of it as the table has room for.
std::string distribution_text(const FusedSeries& series) {
  constexpr std::size_t kRoom = 23;
  const std::string& name = series.distribution;
  return name.size() <= kRoom ? name : name.substr(0, kRoom - 3) + "...";
}

Text imbalances_text(const FusedFit& fit) {
  if (fit.imbalances.empty()) return "";
  Text text = fmt::format(
      "\nGamma       of the busiest rank, as rows of {}+ tokens imply it\n"
      "  distribution              EP   gamma  95% interval      error  at 1  points\n",
      format_count(kLeastSkewedTokens));
  std::string shape;
  for (const FusedImbalance& one : fit.imbalances) {
    if (fit.shapes.size() > 1 && shape_text(one.series) != shape) {
      shape = shape_text(one.series);
      text += fmt::format("  {}\n", shape);
    }
    const std::string head =
        fmt::format("  {:<23}{:>5}", distribution_text(one.series), one.ep_width);
    if (!one.gamma) {
      text += fmt::format("{}  {}\n", head, one.reason);
      continue;
    }
    const std::string interval =
        one.points > 1 ? fmt::format("{:.3f} to {:.3f}", one.gamma->low, one.gamma->high)
                       : "one point";
    text += fmt::format("{}{:>8.3f}  {:<16}{:>7}{:>6.0f}%{:>7}\n",
                        head,
                        one.gamma->value,
                        interval,
                        format_percent(one.median_error),
                        kPercent * one.even_error,
                        one.points);
  }
  return text;
}

std::vector<double> fused_errors(const FusedFit& fit) {
  std::vector<double> errors;
  errors.reserve(fit.samples.size());
  for (const FusedSample& sample : fit.samples) {
    errors.push_back(fit.time(sample) / sample.time - 1.0);
  }
  return errors;
}

std::string fused_scatter(const FusedFit& fit, const std::vector<double>& errors) {
  std::vector<ScatterPoint> points;
  for (std::size_t at = 0; at < errors.size(); ++at) {
    points.push_back({static_cast<double>(fit.samples[at].tokens), errors[at], 'o'});
  }
  return "Fitted over measured, by tokens per rank\n" +
         error_scatter(points, [](double tokens) { return format_number(tokens); });
}

std::string fused_point_rows(const FusedFit& fit,
                             const std::vector<double>& errors,
                             bool everything) {
  const ShownPoints shown = shown_points(errors, everything);
  std::string text = shown.title + "     EP  tokens per rank    measured      fitted   error\n";
  for (const std::size_t at : shown.order) {
    const FusedSample& sample = fit.samples[at];
    text += fmt::format("  {:>5}{:>17}{:>12}{:>12}{:>7}%\n",
                        sample.ep_width,
                        format_count(sample.tokens),
                        format(sample.time),
                        format(fit.time(sample)),
                        fmt::format("{:+.1f}", kPercent * errors[at]));
  }
  return text;
}

/// Rate and bandwidth of which only the sum is known, or nearly so.
std::string tie_warning(const FusedFit& fit) {
  constexpr double kNearlyOne = 0.9;
  const FusedEstimates& estimates = *fit.estimates;
  if (estimates.tied) {
    return "flop_rate and bandwidth are not told apart, since arithmetic and copies both grow with "
           "tokens alone: each is taken to take as long as the other, which holds for this size of "
           "experts. Measure another size, or EP 1, too.";
  }
  if (std::abs(estimates.rate_with_bandwidth) < kNearlyOne) return "";
  return fmt::format(
      "flop_rate and bandwidth are hardly told apart: their errors have a correlation of {}.",
      format_number(estimates.rate_with_bandwidth));
}

}  // namespace

std::vector<NamedFigure> figures_of(const FusedEstimates& estimates) {
  return {{"launch", "s", &estimates.launch},
          {"launch_per_rank", "s", &estimates.launch_per_rank},
          {"weight_bandwidth", "B_per_s", &estimates.read},
          {"flop_rate", "FLOP_per_s", &estimates.rate},
          {"bandwidth", "B_per_s", &estimates.bandwidth},
          {"exponent", "", &estimates.exponent}};
}

std::string figure_text(const NamedFigure& named, double value) {
  const std::string_view unit = named.unit;
  if (unit == "s") return time_of(value);
  if (unit == "B_per_s") return format(BytesPerSecond(value));
  if (unit == "FLOP_per_s") return format(FlopPerSecond(value));
  return format_number(value);
}

std::string name_of(const FusedFit& fit) {
  return fmt::format("{}{}{}", fit.device, fit.device.empty() ? "" : ", ", fit.dtype);
}

std::string shape_text(const FusedSeries& shape) {
  return fmt::format(
      "{} x {}, top {} of {}", shape.hidden_size, shape.expert_size, shape.top_k, shape.experts);
}

std::vector<std::string> warnings_of(const FusedAnswer& answer) {
  std::vector<std::string> warnings;
  if (!answer.doubt.empty()) warnings.push_back(answer.doubt + ".");
  if (!answer.refused.empty()) warnings.push_back(answer.refused + ".");
  for (const FusedFit& fit : answer.fits) {
    if (!fit.estimates) {
      warnings.push_back(fmt::format("{} is not fitted: {}.", name_of(fit), fit.reason));
      continue;
    }
    const std::string tie = tie_warning(fit);
    if (!tie.empty()) warnings.push_back(name_of(fit) + ": " + tie);
  }
  return warnings;
}

Text fused_fit_text(const FusedAnswer& answer, const std::vector<LogFile>& files) {
  const FusedFit& chosen = answer.fits[answer.chosen];
  const FusedEstimates& estimates = *chosen.estimates;
  const std::string p = format_number(estimates.exponent.value);
  Text text = plain_line(
      fmt::format("{0} + (x1^{1} + x2^{1} + x3^{1})^(1/{1}) a layer.", launch_law(estimates), p));
  text += plain_line(fmt::format("x1 weights at {}, x2 GEMMs at {}, x3 copies at {}.",
                                 format(BytesPerSecond(estimates.read.value)),
                                 format(FlopPerSecond(estimates.rate.value)),
                                 format(BytesPerSecond(estimates.bandwidth.value))));
  text += fmt::format("Median error {} over {}, largest {}.\n",
                      format_percent(chosen.median_error),
                      points_text(static_cast<int>(chosen.samples.size())),
                      format_percent(chosen.largest_error));
  if (!answer.written.empty()) {
    text += labelled(
        "Written",
        fmt::format(
            "{1} to {0}; use it with --fabric {0}.", answer.written, answer.kernel.value_or("")));
  }
  text += beware_text(warnings_of(answer));
  text += "\n" + fused_estimates_text(chosen) + imbalances_text(chosen);
  for (std::size_t at = 0; at < answer.fits.size(); ++at) {
    const FusedFit& other = answer.fits[at];
    if (at == answer.chosen || !other.estimates) continue;
    text += "\n" + fused_estimates_text(other) + imbalances_text(other);
  }
  const std::vector<double> errors = fused_errors(chosen);
  text += fmt::format("\n{}\n{}\n",
                      fused_scatter(chosen, errors),
                      fused_point_rows(chosen, errors, answer.all_points));
  return text + files_text(files);
}

}  // namespace wideep
