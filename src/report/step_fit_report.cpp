#include "report/step_fit_report.h"

#include <fmt/format.h>

#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string rows_text(int rows) {
  return fmt::format("{} row{}", format_count(rows), rows == 1 ? "" : "s");
}

std::string whose(const StepAnswer& answer) {
  return fmt::format("{}{}",
                     answer.model.empty() ? "The model" : answer.model,
                     answer.engine.empty() ? "" : " on " + answer.engine);
}

/// The law as a formula: "(computed + 2.1 ms) / 68.2%".
std::string served_law(const StepFit& fit) {
  const bool slowed = fit.serving.efficiency < 1.0;
  if (fit.serving.overhead == Seconds(0.0)) {
    return slowed ? "computed / " + format_percent(fit.serving.efficiency) : "what is computed";
  }
  const std::string sum = "computed + " + format(fit.serving.overhead);
  return slowed ? fmt::format("({}) / {}", sum, format_percent(fit.serving.efficiency)) : sum;
}

Text efficiency_text(const StepFit& fit) {
  const FittedServing& found = fit.efficiency;
  std::string text = fmt::format("serving_efficiency {}", format_percent(fit.serving.efficiency));
  if (found.estimate) {
    text += fmt::format(", 95% interval {} to {}",
                        format_percent(found.estimate->low),
                        format_percent(found.estimate->high));
  }
  if (!found.reason.empty()) text += ": " + found.reason;
  return labelled("Efficiency", text + ".");
}

Text overhead_text(const StepFit& fit) {
  const FittedServing& found = fit.overhead;
  const std::string value = format(fit.serving.overhead);
  if (found.estimate) {
    return labelled("Overhead",
                    fmt::format("step_overhead {}, 95% interval {} to {}.",
                                value,
                                time_of(found.estimate->low),
                                time_of(found.estimate->high)));
  }
  return labelled("Overhead",
                  found.held ? fmt::format("step_overhead 0 us: {}.", found.reason)
                             : fmt::format("not fitted, {} as before: {}.", value, found.reason));
}

std::string errors_text(const ErrorSummary& errors) {
  return fmt::format(
      "{} (largest {})", format_percent(errors.median), format_percent(errors.largest));
}

Text quality_text(const StepFit& fit) {
  std::string text = fmt::format("median {} over {}, largest {}",
                                 format_percent(fit.errors.median),
                                 rows_text(fit.used),
                                 format_percent(fit.errors.largest));
  if (fit.alone) text += fmt::format("; with the efficiency alone {}", errors_text(*fit.alone));
  text += fmt::format("; with {} and {}, as before, {}; without either {}.",
                      format_percent(fit.given.efficiency),
                      format(fit.given.overhead),
                      errors_text(fit.before),
                      errors_text(fit.without));
  return labelled("Error", text);
}

std::string kernel_of(const StepAnswer& answer, const StepPoint& point) {
  return answer.kernels[point.config.kernel].name;
}

std::string range_text(const Extent& extent) {
  return extent.least == extent.most
             ? format_number(extent.least)
             : fmt::format("{} to {}", format_number(extent.least), format_number(extent.most));
}

std::string share_text(const Extent& share) {
  const std::string least = format_percent(share.least);
  const std::string most = format_percent(share.most);
  return least == most ? least : fmt::format("{} to {}", least, most);
}

Text rows_section(const StepAnswer& answer) {
  const StepFit& fit = answer.fit;
  const auto extent = [&](const auto& value) { return range_text(extent_of(fit.points, value)); };
  const auto live = [](const StepPoint& point) { return point.requests / point.nominal; };
  const Extent share = extent_of(fit.points, live);
  Text text = "Rows\n";
  text += labelled("  served",
                   fmt::format("EP {}; {} requests decoding on a rank, {} of its batch; "
                               "contexts of {} tokens.",
                               extent([](const StepPoint& point) { return point.config.ep_width; }),
                               extent(&StepPoint::requests),
                               share_text(share),
                               extent(&StepPoint::context)));
  for (const SkippedRows& skipped : answer.rows.skipped) {
    text += labelled("  left out", fmt::format("{}: {}.", rows_text(skipped.rows), skipped.why));
  }
  if (!fit.outliers.empty()) {
    text += labelled("  left out",
                     fmt::format("{} as outliers, marked below.",
                                 rows_text(static_cast<int>(fit.outliers.size()))));
  }
  if (fit.held_out) text += held_out_text(*fit.held_out);
  for (const std::string& note : answer.notes) text += labelled("  note", note + ".");
  return text;
}

std::vector<double> errors_of(const StepFit& fit) {
  std::vector<double> errors;
  errors.reserve(fit.points.size());
  for (const StepPoint& point : fit.points) {
    errors.push_back(fit.time(point) / point.measured - 1.0);
  }
  return errors;
}

std::string step_scatter(const StepFit& fit, const std::vector<double>& errors) {
  std::vector<ScatterPoint> points;
  for (std::size_t at = 0; at < errors.size(); ++at) {
    points.push_back({fit.points[at].computed / unit::s, errors[at], 'o'});
  }
  return "Fitted over measured, by computed step\n" + error_scatter(points, time_of);
}

std::string step_rows_text(const StepAnswer& answer, const std::vector<double>& errors) {
  const StepFit& fit = answer.fit;
  const ShownPoints shown = shown_points(errors, answer.all_points);
  std::string text =
      shown.title + "     EP kernel   overlap  decode context computed measured   fitted   error\n";
  for (const std::size_t at : shown.order) {
    const StepPoint& point = fit.points[at];
    constexpr std::size_t kRoom = 8;
    text += fmt::format("  {:>5} {:<8} {:<7}{:>8}{:>8}{:>9}{:>9}{:>9}{:>7}%{}\n",
                        point.config.ep_width,
                        kernel_of(answer, point).substr(0, kRoom),
                        name_of(point.config.overlap),
                        format_number(point.requests),
                        format_count(point.context),
                        format(point.computed),
                        format(point.measured),
                        format(fit.time(point)),
                        fmt::format("{:+.1f}", kPercent * errors[at]),
                        fit.is_outlier(at) ? " x" : "");
  }
  return text;
}

}  // namespace

std::vector<std::string> warnings_of(const StepAnswer& answer) {
  std::vector<std::string> warnings;
  if (answer.fit.efficiency.held) {
    warnings.emplace_back(
        "steps were served faster than they are computed: is it another GPU's fabric, another "
        "model, or are tokens drafted that the workload does not say?");
  }
  if (!answer.doubt.empty()) warnings.push_back(answer.doubt + ".");
  warnings.insert(warnings.end(), answer.warnings.begin(), answer.warnings.end());
  return warnings;
}

Text step_fit_text(const StepAnswer& answer, const std::vector<LogFile>& files) {
  const StepFit& fit = answer.fit;
  Text text = plain_line(fmt::format("{}: a step takes {}.", whose(answer), served_law(fit)));
  text += efficiency_text(fit) + overhead_text(fit) + quality_text(fit);
  if (!answer.written.empty()) {
    text += labelled("Written", fmt::format("to {0}; use it with --fabric {0}.", answer.written));
  }
  text += beware_text(warnings_of(answer));
  const std::vector<double> errors = errors_of(fit);
  text += "\n" + rows_section(answer) + "\n" + step_scatter(fit, errors) + "\n" +
          step_rows_text(answer, errors) + "\n";
  return text + files_text(files);
}

Calibration calibrate(const StepAnswer& answer, const Provenance& provenance) {
  const StepFit& fit = answer.fit;
  Calibration calibration;
  calibration.replaced = {"calibration.step", "serving_efficiency"};
  std::string figures = fmt::format("serving_efficiency: {}\n", share_yaml(fit.serving.efficiency));
  // What the rows do not tell stays as the fabric has it.
  if (fit.overhead.estimate || fit.overhead.held) {
    calibration.replaced.emplace_back("step_overhead");
    figures += fmt::format("step_overhead: {}\n", yaml_of(fit.serving.overhead));
  }
  std::string facts = fmt::format("    model: {}\n", quoted_yaml(answer.model));
  if (!answer.engine.empty()) facts += fmt::format("    engine: {}\n", quoted_yaml(answer.engine));
  facts += fmt::format("    points: {}\n    median_error: {}\n    largest_error: {}\n",
                       fit.used,
                       fmt::format("{:.1f}%", kPercent * fit.errors.median),
                       fmt::format("{:.1f}%", kPercent * fit.errors.largest));
  std::string parameters;
  if (fit.efficiency.estimate) {
    parameters +=
        parameter_yaml("serving_efficiency", *fit.efficiency.estimate, "      ", share_yaml);
  }
  if (fit.overhead.estimate) {
    parameters += parameter_yaml({"step_overhead", false, *fit.overhead.estimate}, "      ");
  }
  if (!parameters.empty()) facts += "    parameters:\n" + parameters;
  calibration.yaml = figures + provenance_yaml("step", provenance) + facts;
  return calibration;
}

}  // namespace wideep
