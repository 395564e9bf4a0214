#include "report/attention_fit_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// The law as a formula: "45 us + max(68.4 us, 578 ns T) + 587 ps T c". What a token's context
/// costs grows with it.
std::string law_of(const AttentionFit& fit) {
  constexpr int kOne = 1;
  const DenseWork work = fit.work(kOne);
  return fmt::format("{} + max({}, {} T) + {} T c",
                     format(work.fixed),
                     format(work.weight_read),
                     format(work.compute_per_token),
                     format(work.per_token));
}

std::string share_row(const char* name, const FittedShare& share) {
  const std::string row = fmt::format("  {:<38}{:>11}", name, format_percent(share.value));
  if (!share.estimate) return row + (share.exceeded ? "  held\n" : "  the base's\n");
  return fmt::format("{}  {} to {}\n",
                     row,
                     format_percent(share.estimate->low),
                     format_percent(share.estimate->high));
}

/// What was measured and does not count, and why.
Text unused_text(const AttentionFit& fit) {
  Text text;
  const auto say = [&](int points, const std::string& what) {
    if (points == 0) return;
    text += labelled("  left out", fmt::format("{} {}.", points_text(points), what));
  };
  say(fit.left_out,
      fit.phase == Phase::kDecode
          ? fmt::format("with fewer than {} sequences, bound by launches", kLeastSequences)
          : fmt::format("with fewer than {} tokens a prompt or {} in all, bound by launches",
                        kLeastPrompt,
                        format_count(kLeastPrefillTokens)));
  say(fit.other_types, "with other types of weights or cache than the model's");
  say(fit.slower, "by another kernel than the fastest there");
  say(static_cast<int>(fit.outliers.size()), "as outliers");
  return text;
}

Text estimates_text(const AttentionFit& fit) {
  const AttentionEstimates& estimates = *fit.estimates;
  Text text = fmt::format("{}{}\n  {} points, with 95% intervals\n",
                          fit.device.empty() ? "" : fit.device + ", ",
                          name_of(fit.phase),
                          fit.points);
  text += fmt::format("  {:<38}{:>11}  {} to {}\n",
                      "launch",
                      time_of(estimates.launch.value),
                      time_of(estimates.launch.low),
                      time_of(estimates.launch.high));
  text += share_row("projection_efficiency", estimates.projection);
  text += share_row("context_efficiency", estimates.context);
  text += fmt::format("  measured: {} to {} {} of {} to {} tokens\n",
                      format_number(fit.sequences.least),
                      format_number(fit.sequences.most),
                      fit.phase == Phase::kDecode ? "sequences" : "prompts",
                      format_number(fit.context.least),
                      format_number(fit.context.most));
  const auto note = [&](const char* what, const FittedShare& share) {
    if (share.reason.empty()) return;
    text += labelled(what, share.reason + (share.exceeded ? "?" : "."));
  };
  note("  proj.", estimates.projection);
  note("  context", estimates.context);
  text += unused_text(fit);
  if (fit.held_out) text += held_out_text(*fit.held_out);
  return text;
}

std::vector<double> errors_of(const AttentionFit& fit) {
  std::vector<double> errors;
  errors.reserve(fit.samples.size());
  for (const AttentionSample& sample : fit.samples) {
    errors.push_back(fit.time(sample) / sample.time - 1.0);
  }
  return errors;
}

std::string scatter(const AttentionFit& fit, const std::vector<double>& errors) {
  std::vector<ScatterPoint> points;
  double least = tokens_of(fit.samples.front(), fit.phase);
  double most = least;
  for (std::size_t at = 0; at < errors.size(); ++at) {
    const double tokens = tokens_of(fit.samples[at], fit.phase);
    least = std::min(least, tokens);
    most = std::max(most, tokens);
    points.push_back({tokens, errors[at], 'o'});
  }
  return fmt::format("Fitted over measured, {} by tokens T\n", name_of(fit.phase)) +
         error_scatter(points, format_number(least), format_number(most));
}

std::string point_rows(const AttentionFit& fit,
                       const std::vector<double>& errors,
                       bool everything) {
  const ShownPoints shown = shown_points(errors, everything);
  std::string text = shown.title + "      sequences      context    measured      fitted   error\n";
  for (const std::size_t at : shown.order) {
    const AttentionSample& sample = fit.samples[at];
    text += fmt::format("  {:>13}{:>13}{:>12}{:>12}{:>7}%{}\n",
                        format_count(sample.sequences),
                        format_count(sample.context),
                        format(sample.time),
                        format(fit.time(sample)),
                        fmt::format("{:+.1f}", kPercent * errors[at]),
                        fit.is_outlier(at) ? " out" : "");
  }
  return text;
}

/// What a calibration says of one phase, its provenance included.
std::string phase_yaml(const AttentionFit& fit,
                       const std::string& model,
                       const Provenance& provenance) {
  std::string text = fmt::format("    {}:\n", name_of(fit.phase)) +
                     sources_yaml(provenance, "      ") +
                     fmt::format(
                         "      model: {}\n      points: {}\n      median_error: {}\n"
                         "      largest_error: {}\n      parameters:\n",
                         quoted_yaml(model),
                         fit.points,
                         fmt::format("{:.1f}%", kPercent * fit.median_error),
                         fmt::format("{:.1f}%", kPercent * fit.largest_error));
  text += parameter_yaml({"launch", false, fit.estimates->launch}, "        ");
  const auto add = [&](const char* what, const FittedShare& share) {
    if (share.estimate) text += parameter_yaml(what, *share.estimate, "        ", share_yaml);
  };
  add("projection_efficiency", fit.estimates->projection);
  add("context_efficiency", fit.estimates->context);
  return text;
}

}  // namespace

std::vector<std::string> warnings_of(const AttentionAnswer& answer) {
  std::vector<std::string> warnings;
  for (const AttentionFit& fit : answer.fits) {
    if (fit.estimates) continue;
    warnings.push_back(fmt::format("{} is not fitted: {}.", name_of(fit.phase), fit.reason));
  }
  if (!answer.doubt.empty()) warnings.push_back(answer.doubt + ".");
  return warnings;
}

Text attention_fit_text(const AttentionAnswer& answer, const std::vector<LogFile>& files) {
  Text text = fmt::format("Attention of {} takes, with T tokens and a context of c tokens:\n",
                          answer.model);
  for (const AttentionFit& fit : answer.fits) {
    if (!fit.estimates) continue;
    text += labelled(fit.phase == Phase::kDecode ? "Decode" : "Prefill",
                     fmt::format("{}; median error {} over {} points, largest {}.",
                                 law_of(fit),
                                 format_percent(fit.median_error),
                                 fit.points,
                                 format_percent(fit.largest_error)));
  }
  if (!answer.written.empty()) {
    text += labelled("Written", fmt::format("to {0}; use it with --fabric {0}.", answer.written));
  }
  text += beware_text(warnings_of(answer));
  for (const AttentionFit& fit : answer.fits) {
    if (!fit.estimates) continue;
    const std::vector<double> errors = errors_of(fit);
    text += "\n" + estimates_text(fit) + "\n" + scatter(fit, errors) + "\n" +
            point_rows(fit, errors, answer.all_points);
  }
  text += "\n" + labelled("GPU", fmt::format("shares are of {}'s data sheet.", answer.gpu));
  return text + files_text(files);
}

Calibration calibrate(const AttentionAnswer& answer, const Provenance& provenance) {
  Calibration calibration;
  std::string figures;
  std::string provenances;
  for (const AttentionFit& fit : answer.fits) {
    if (!fit.estimates) continue;
    const std::string_view phase = name_of(fit.phase);
    calibration.replaced.push_back(fmt::format("calibration.attention.{}", phase));
    figures += fmt::format(
        "    {}:\n      launch: {:.5g}us\n", phase, fit.estimates->launch.value / unit::us.base());
    const auto add = [&](const char* key, const FittedShare& share) {
      // What the measurements do not tell stays as the base has it.
      if (!share.estimate && !share.exceeded) return;
      figures += fmt::format("      {}: {}\n", key, share_yaml(share.value));
    };
    add("projection_efficiency", fit.estimates->projection);
    add("context_efficiency", fit.estimates->context);
    provenances += phase_yaml(fit, answer.model, provenance);
  }
  calibration.yaml =
      fmt::format("gpu:\n  attention:\n{}calibration:\n  attention:\n{}", figures, provenances);
  return calibration;
}

}  // namespace wideep
