#include "report/expert_fit_report.h"

#include <fmt/format.h>

#include "report/describe.h"
#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string name_of(const ExpertSeries& series) {
  return fmt::format("{}{} experts of {} x {}, {}",
                     series.device.empty() ? "" : series.device + ", ",
                     series.dtype,
                     series.hidden_size,
                     series.expert_size,
                     name_of(series.phase));
}

/// The law as a formula: "21 us + N max(16.5 us, 10 us + 55 ns n)".
std::string law_of(const ExpertEstimates& estimates) {
  const auto part = [](const Estimate& estimate) { return time_of(estimate.value); };
  const std::string launch = estimates.launch ? part(*estimates.launch) + " + " : "";
  if (!estimates.weight_read) return fmt::format("{}N n {}", launch, part(estimates.per_token));
  const std::string fixed = estimates.fixed ? part(*estimates.fixed) + " + " : "";
  return fmt::format("{}N max({}, {}{} n)",
                     launch,
                     part(*estimates.weight_read),
                     fixed,
                     part(estimates.per_token));
}

std::string row(const char* name, const char* what, const std::optional<Estimate>& estimate) {
  if (!estimate) return fmt::format("  {:<4}{:<34} not in this form\n", name, what);
  return fmt::format("  {:<4}{:<34}{:>11}  {} to {}\n",
                     name,
                     what,
                     time_of(estimate->value),
                     time_of(estimate->low),
                     time_of(estimate->high));
}

Text estimates_text(const ExpertFit& fit) {
  const ExpertEstimates& estimates = *fit.estimates;
  Text text = fmt::format(
      "{}\n  {} over {} points, with 95% intervals\n", name_of(fit.series), fit.form, fit.points);
  text += row("a", "launch", estimates.launch);
  text += row("w", "reading one expert's weights", estimates.weight_read);
  text += row("c0", "one expert, whatever its tokens", estimates.fixed);
  text += row("c1", "one token", estimates.per_token);
  text += fmt::format("  measured: {} to {} local experts, {} to {} tokens each\n",
                      format_number(fit.local_experts.least),
                      format_number(fit.local_experts.most),
                      format_number(fit.tokens_per_expert.least),
                      format_number(fit.tokens_per_expert.most));
  std::string forms;
  for (const LawCandidate& candidate : fit.candidates) {
    forms += fmt::format(
        "{}{} {}", forms.empty() ? "" : ", ", candidate.form, format_percent(candidate.cv_error));
  }
  text += labelled("  forms", fmt::format("error on points left out: {}.", forms));
  text +=
      labelled("  c_tok",
               fmt::format("as one time per routed token it would be {}, with a median error of "
                           "{}, largest {}.",
                           time_of(fit.c_tok->per_token.value),
                           format_percent(fit.c_tok->median_error),
                           format_percent(fit.c_tok->largest_error)));
  if (fit.left_out > 0) {
    text += labelled("  left out",
                     fmt::format("{} points with fewer tokens than experts: which experts are read "
                                 "is not known.",
                                 format_count(fit.left_out)));
  }
  if (fit.held_out) text += held_out_text(*fit.held_out);
  return text;
}

std::string figure_text(const char* what, const GpuFigure& figure, bool share) {
  if (!figure.value) return fmt::format("{} unchanged ({})", what, figure.reason);
  return fmt::format(
      "{} {}", what, share ? format_percent(*figure.value) : format_number(*figure.value));
}

Text gpu_text(const ExpertAnswer& answer) {
  if (!answer.figures) {
    return labelled(
        "GPU",
        "no data sheet: --base FABRIC with one turns this into efficiencies, which hold "
        "for other models too.");
  }
  const GpuFigures& figures = *answer.figures;
  std::string launch =
      figures.expert_launch.value
          ? fmt::format("expert_launch {}", time_of(*figures.expert_launch.value))
          : fmt::format("expert_launch unchanged ({})", figures.expert_launch.reason);
  return labelled("GPU",
                  fmt::format("of {}: {}, {}, {}, {}.",
                              answer.gpu,
                              figure_text("hbm_efficiency", figures.hbm_efficiency, true),
                              figure_text("flop_efficiency", figures.flop_efficiency, true),
                              figure_text("padding_tokens", figures.padding_tokens, false),
                              launch));
}

/// What to write into a workload without a GPU.
Text workload_text(const ExpertFit& fit) {
  const ExpertFigures figures = fit.estimates->figures();
  const auto in_us = [](Seconds time) { return fmt::format("{:.5g}us", time / unit::us); };
  return labelled(
      "Workload",
      fmt::format("expert_time: {{launch: {}, weight_read: {}, fixed: {}, per_token: {}}}",
                  in_us(figures.launch),
                  in_us(figures.weight_read),
                  in_us(figures.fixed),
                  in_us(figures.per_token)));
}

double error_of(const ExpertFit& fit, const ExpertSample& sample) {
  return fit.time(sample.local_experts, sample.routed_tokens) / sample.time - 1.0;
}

std::string scatter(const ExpertFit& fit) {
  std::vector<ScatterPoint> points;
  for (const ExpertSample& sample : fit.samples) {
    points.push_back({sample.routed_tokens / sample.local_experts, error_of(fit, sample), 'o'});
  }
  return "Fitted over measured, by tokens per expert\n" +
         error_scatter(points, [](double tokens) { return format_number(tokens); });
}

std::string point_rows(const ExpertFit& fit, bool everything) {
  std::vector<double> errors;
  errors.reserve(fit.samples.size());
  for (const ExpertSample& sample : fit.samples) errors.push_back(error_of(fit, sample));
  const ShownPoints shown = shown_points(errors, everything);
  std::string text = shown.title;
  text += "  local experts  tokens each    measured      fitted   error\n";
  for (const std::size_t at : shown.order) {
    const ExpertSample& sample = fit.samples[at];
    text += fmt::format("  {:>13}{:>13}{:>12}{:>12}{:>7}%{}\n",
                        format_number(sample.local_experts),
                        format_number(sample.routed_tokens / sample.local_experts),
                        format(sample.time),
                        format(fit.time(sample.local_experts, sample.routed_tokens)),
                        fmt::format("{:+.1f}", kPercent * errors[at]),
                        fit.is_outlier(at) ? " out" : "");
  }
  return text;
}

}  // namespace

std::vector<std::string> warnings_of(const ExpertAnswer& answer) {
  std::vector<std::string> warnings;
  if (!answer.doubt.empty()) warnings.push_back(answer.doubt + ".");
  for (const ExpertFit& fit : answer.fits) {
    if (fit.estimates) continue;
    warnings.push_back(fmt::format("{} is not fitted: {}.", name_of(fit.series), fit.reason));
  }
  return warnings;
}

Text expert_fit_text(const ExpertAnswer& answer, const std::vector<LogFile>& files) {
  const ExpertFit& chosen = answer.fits[answer.chosen];
  Text text = fmt::format("N experts of n tokens take {}.\n", law_of(*chosen.estimates));
  text += fmt::format("Median error {} over {} points, largest {}.\n",
                      format_percent(chosen.median_error),
                      chosen.points,
                      format_percent(chosen.largest_error));
  if (!answer.written.empty()) {
    text += labelled("Written", fmt::format("to {0}; use it with --fabric {0}.", answer.written));
  }
  text += beware_text(warnings_of(answer));
  text += "\n" + estimates_text(chosen) + gpu_text(answer) + workload_text(chosen);
  for (std::size_t at = 0; at < answer.fits.size(); ++at) {
    const ExpertFit& other = answer.fits[at];
    if (at != answer.chosen && other.estimates) text += "\n" + estimates_text(other);
  }
  text += fmt::format("\n{}\n{}\n", scatter(chosen), point_rows(chosen, answer.all_points));
  return text + files_text(files);
}

Calibration calibrate(const ExpertAnswer& answer, const Provenance& provenance) {
  const ExpertFit& fit = answer.fits[answer.chosen];
  const GpuFigures& figures = *answer.figures;
  Calibration calibration;
  calibration.replaced = {"calibration.compute"};
  std::string gpu;
  const auto add = [&](const char* key, const GpuFigure& figure, double scale, const char* unit) {
    if (!figure.value) {
      calibration.notes.push_back(fmt::format("gpu.{} is the base's: {}", key, figure.reason));
      return;
    }
    gpu += fmt::format("  {}: {:.5g}{}\n", key, scale * *figure.value, unit);
  };
  add("hbm_efficiency", figures.hbm_efficiency, kPercent, "%");
  add("flop_efficiency", figures.flop_efficiency, kPercent, "%");
  add("padding_tokens", figures.padding_tokens, 1.0, "");
  add("expert_launch", figures.expert_launch, 1e6, "us");
  if (!gpu.empty()) calibration.yaml = fmt::format("gpu:\n{}", gpu);
  calibration.yaml += provenance_yaml("compute", provenance);
  calibration.yaml += fmt::format(
      "    experts: {}\n    form: {}\n    points: {}\n    median_error: {:.1f}%\n"
      "    largest_error: {:.1f}%\n    parameters:\n",
      quoted_yaml(name_of(fit.series)),
      fit.form,
      fit.points,
      kPercent * fit.median_error,
      kPercent * fit.largest_error);
  const ExpertEstimates& estimates = *fit.estimates;
  const auto note = [&](const char* what, const std::optional<Estimate>& estimate) {
    if (estimate) calibration.yaml += parameter_yaml({what, false, *estimate}, "    ");
  };
  note("launch", estimates.launch);
  note("reading one expert's weights", estimates.weight_read);
  note("one expert, whatever its tokens", estimates.fixed);
  note("one token", estimates.per_token);
  return calibration;
}

}  // namespace wideep
