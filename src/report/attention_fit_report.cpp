#include "report/attention_fit_report.h"

#include <fmt/format.h>

#include "model/words.h"
#include "report/describe.h"
#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/scatter.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// The law as a formula: "45 us + max(22 us, 301 ns T) + max(46.4 us, 277 ns T) + 587 ps T c". What
/// a token's context costs grows with it.
std::string law_of(const AttentionFit& fit) {
  constexpr int kOne = 1;
  const DenseParts work = fit.work(kOne);
  const Seconds position = fit.work(kOne + 1).core.per_token - work.core.per_token;
  const std::string end = fmt::format(" + {} T c", format(position));
  std::string law = format(work.core.fixed);
  if (fit.scope == AttentionScope::kKernel) {
    const Seconds token = fit.estimates->token;
    return law + (token > Seconds(0.0) ? fmt::format(" + {} T", format(token)) : "") + end;
  }
  for (const DenseWork* side : {&work.prep, &work.core}) {
    law +=
        fmt::format(" + max({}, {} T)", format(side->weight_read), format(side->compute_per_token));
  }
  return law + end;
}

const char* label_of(const AttentionFit& fit) {
  return fit.phase == Phase::kDecode ? "Decode" : "Prefill";
}

/// "kernel, fp8 cache, bf16 arithmetic".
std::string kernel_types(const AttentionFit& fit) {
  return fmt::format("kernel, {} cache, {} arithmetic",
                     word_of(kCacheTypeWords, fit.setting.shape.kv_element),
                     word_of(kAttentionTypeWords, is_in_fp8(fit)));
}

/// "Decode", or "Decode kernel, fp8 cache, bf16 arithmetic".
std::string title_of(const AttentionFit& fit) {
  if (fit.scope == AttentionScope::kLayer) return label_of(fit);
  return fmt::format("{} {}", label_of(fit), kernel_types(fit));
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
  say(fit.other_heads, "with other heads than the model's and the fewest");
  say(fit.slower, "by another kernel than the fastest there");
  say(static_cast<int>(fit.outliers.size()), "as outliers");
  return text;
}

Text estimates_text(const AttentionFit& fit) {
  const AttentionEstimates& estimates = *fit.estimates;
  Text text = fmt::format("{}{}\n  {} points, with 95% intervals\n",
                          title_of(fit),
                          fit.device.empty() ? "" : " on " + fit.device,
                          fit.points);
  text += fmt::format("  {:<38}{:>11}  {} to {}\n",
                      "launch",
                      time_of(estimates.launch.value),
                      time_of(estimates.launch.low),
                      time_of(estimates.launch.high));
  for (const NamedShare& named : shares_of(fit)) text += share_row(named.key, *named.share);
  text += fmt::format("  measured: {} to {} {} of {} to {} tokens\n",
                      format_number(fit.sequences.least),
                      format_number(fit.sequences.most),
                      fit.phase == Phase::kDecode ? "sequences" : "prompts",
                      format_number(fit.context.least),
                      format_number(fit.context.most));
  for (const auto& [key, share] : shares_of(fit)) {
    if (share->reason.empty()) continue;
    text +=
        labelled("  why", fmt::format("{}: {}{}", key, share->reason, share->exceeded ? "?" : "."));
  }
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
  for (std::size_t at = 0; at < errors.size(); ++at) {
    points.push_back({tokens_of(fit.samples[at], fit.phase), errors[at], 'o'});
  }
  return fmt::format("Fitted over measured by tokens T: {}\n", title_of(fit)) +
         error_scatter(points, [](double tokens) { return format_number(tokens); });
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

}  // namespace

std::vector<std::string> warnings_of(const AttentionAnswer& answer) {
  std::vector<std::string> warnings;
  for (const AttentionFit& fit : answer.fits) {
    if (fit.estimates) continue;
    warnings.push_back(fmt::format("{} is not fitted: {}.", title_of(fit), fit.reason));
  }
  if (!answer.doubt.empty()) warnings.push_back(answer.doubt + ".");
  return warnings;
}

Text attention_fit_text(const AttentionAnswer& answer, const std::vector<LogFile>& files) {
  Text text = fmt::format("Attention of {} takes, with T tokens and a context of c tokens:\n",
                          answer.model);
  for (const AttentionFit& fit : answer.fits) {
    if (!fit.estimates) continue;
    const bool kernel = fit.scope == AttentionScope::kKernel;
    text += labelled(label_of(fit),
                     fmt::format("{}{}; median error {} over {} points, largest {}.",
                                 law_of(fit),
                                 kernel ? fmt::format(" ({})", kernel_types(fit)) : "",
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

}  // namespace wideep
