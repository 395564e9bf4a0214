#include "report/comm_fit_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "report/collective_fit_report.h"
#include "report/comm_fit_points.h"
#include "report/comm_fit_rows.h"
#include "report/comm_fit_warnings.h"
#include "report/describe.h"
#include "report/fit_parts.h"
#include "report/log_files.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Letters of a kernel's name as a label.
constexpr std::size_t kLabelName = 11;

std::string rate_of(double bytes_per_second) {
  return format(BytesPerSecond(bytes_per_second));
}

/// "13 us (EP 8) to 27 us (EP 64)", or "20 us".
std::string latencies_of(const KernelLaw& law) {
  const auto& points = law.phase.latency.points;
  const bool given = std::any_of(law.parameters.begin(), law.parameters.end(), [](const auto& one) {
    return !one.from.empty();
  });
  std::string first = format(points.front().value);
  if (points.size() == 1) return first + (given ? " given" : "");
  return fmt::format("{} (EP {}) to {} (EP {}){}",
                     first,
                     points.front().ep_width,
                     format(points.back().value),
                     points.back().ep_width,
                     given ? " given" : "");
}

/// "314 GB/s inside, 45.8 GB/s beyond the domain".
std::string bandwidths_of(const KernelLaw& law) {
  const auto text = [&](const Bandwidth& bandwidth, const std::vector<int>& unbound) {
    auto points = (bandwidth.per_sm ? *bandwidth.per_sm : *bandwidth.cap).points;
    std::erase_if(points, [&](const auto& point) {
      return unbound == law.ep_widths ||
             std::find(unbound.begin(), unbound.end(), point.ep_width) != unbound.end();
    });
    if (points.empty()) return std::string();
    const auto [least, most] =
        std::minmax_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
          return a.value < b.value;
        });
    const std::string range =
        least->value == most->value
            ? format(least->value)
            : fmt::format("{} to {}", format(least->value), format(most->value));
    return range + (bandwidth.per_sm ? " an SM" : "");
  };
  std::string inside = text(law.phase.bandwidth, law.scale_up_unbound);
  if (!law.phase.scale_out) return inside;
  std::string beyond = text(*law.phase.scale_out, law.scale_out_unbound);
  if (!inside.empty()) inside += " inside";
  if (!beyond.empty()) beyond += " beyond the domain";
  if (inside.empty() || beyond.empty()) return inside + beyond;
  return fmt::format("{}, {}", inside, beyond);
}

std::string error_of(const KernelLaw& law) {
  if (law.freedom < 1) return "no error: as many points as figures";
  return "median error " + format_percent(law.median_error);
}

/// The answer: latency and bandwidth of each kernel and phase, and how well they are met.
Text headline(const CommFit& fit) {
  Text text;
  for (const KernelLaw& law : fit.laws) {
    text += labelled(law.series.kernel.substr(0, kLabelName),
                     fmt::format("{}: L {}; {}; {}.",
                                 name_of(law.series.direction),
                                 latencies_of(law),
                                 bandwidths_of(law),
                                 error_of(law)));
  }
  return text;
}

/// One line: the widths at which another kernel overtakes, and from which batch.
Text crossing_line(const CommFit& fit) {
  std::map<std::pair<std::string, std::string>, std::string> by_pair;
  for (const MeasuredCrossover& found : fit.crossovers) {
    if (!found.tokens) continue;
    std::string& text = by_pair[{found.above, found.below}];
    text += fmt::format("{}{:.0f} tokens at EP {}",
                        text.empty() ? "" : ", ",
                        std::ceil(*found.tokens),
                        found.ep_width);
  }
  Text text;
  for (const auto& [pair, where] : by_pair) {
    text += labelled("V*", fmt::format("{} overtakes {} from {}.", pair.first, pair.second, where));
  }
  return text;
}

Text law_rows(const KernelLaw& law, bool with_forms) {
  const std::string largest =
      law.freedom < 1 ? "" : ", largest " + format_percent(law.largest_error);
  Text text = fmt::format("  {} {}: {} over {}, {}{}\n",
                          law.series.kernel,
                          name_of(law.series.direction),
                          law.form,
                          points_text(law.points),
                          error_of(law),
                          largest);
  for (const LawParameter& parameter : law.parameters) {
    const Estimate& estimate = parameter.estimate;
    const auto shown = parameter.rate ? rate_of : time_of;
    text += fmt::format("    {:<36}{:>11}  {} to {}\n",
                        parameter.what + (parameter.from.empty() ? "" : ", given"),
                        shown(estimate.value),
                        shown(estimate.low),
                        shown(estimate.high));
  }
  if (!with_forms) return text;
  std::string forms;
  for (const LawCandidate& candidate : law.candidates) {
    forms += fmt::format("{}{} {} with {} parameters",
                         forms.empty() ? "" : ", ",
                         candidate.form,
                         format_percent(candidate.cv_error),
                         candidate.parameters);
  }
  return text + labelled("    forms", fmt::format("error on points left out: {}.", forms));
}

/// Three digits, without an exponent.
std::string brief(double value) {
  constexpr double kThreeDigits = 100.0;
  return value < kThreeDigits ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", value);
}

std::string interval(const Estimate& estimate, double unit) {
  return fmt::format("{} {}-{}",
                     brief(estimate.value / unit),
                     brief(estimate.low / unit),
                     brief(estimate.high / unit));
}

std::string fit_row(const SeriesFit& one) {
  const Curve& curve = *one.curve;
  return fmt::format("{}  {:<17}{:<17}{:>4}{:>7}{:>7}\n",
                     series_columns(one.series),
                     interval(curve.latency, 1e-6),
                     interval(curve.bandwidth, 1e9),
                     curve.points,
                     format_percent(curve.median_error),
                     format_percent(curve.largest_error));
}

Text fits_table(const CommFit& fit) {
  Text text =
      "Curves      each width by itself: t = L + V/BW, V of all k copies; 95% intervals\n"
      "  kernel phase     EP SMs  L us             BW GB/s             n median   most\n";
  int others = 0;
  std::string floors;
  for (const SeriesFit& one : fit.series) {
    if (!one.curve) continue;
    if (!one.chosen) {
      ++others;
      continue;
    }
    text += fit_row(one);
    if (one.curve->floor) {
      floors += fmt::format("{}{} {} at EP {} {}",
                            floors.empty() ? "" : ", ",
                            one.series.kernel,
                            name_of(one.series.direction),
                            one.series.ep_width,
                            time_of(one.curve->floor->value));
    }
  }
  if (!floors.empty()) text += labelled("Floors", floors + ".");
  if (others > 0) {
    text +=
        labelled("", fmt::format("{} curves of other shapes or dtypes: --json has them.", others));
  }
  return text;
}

Text reach_line(const CommFit& fit) {
  std::map<std::string, std::pair<double, double>> reach;  // measured and reached, smallest of each
  for (const SeriesFit& one : fit.series) {
    if (!one.in_law) continue;
    const double most = one.curve->most / unit::B;
    const double far = one.curve->reaches / unit::B;
    const auto [at, is_new] = reach.try_emplace(one.series.kernel, most, far);
    if (!is_new && far < at->second.second) at->second = {most, far};
  }
  std::string text;
  for (const auto& [kernel, sizes] : reach) {
    text += fmt::format("{}{} measured to {}, within 10% to {}",
                        text.empty() ? "" : "; ",
                        kernel,
                        format(Bytes(sizes.first)),
                        format(Bytes(sizes.second)));
  }
  return labelled("Reach",
                  "V up to which every curve of a kernel is certain, 8 times the largest "
                  "measured at most: " +
                      text + ". Other EP widths than those measured are not offered.") +
         "\n";
}

Text crossover_rows(const CommFit& fit) {
  Text text;
  for (const MeasuredCrossover& found : fit.crossovers) {
    const std::string sms = found.sms > 0 ? fmt::format(" on {} SMs", found.sms) : "";
    std::string line = fmt::format("EP {}{}: ", found.ep_width, sms);
    if (found.tokens) {
      line += fmt::format("{} overtakes {} from {:.0f} tokens, V = {} (95%: {} to {})",
                          found.above,
                          found.below,
                          std::ceil(*found.tokens),
                          format(found.volume),
                          found.low ? fmt::format("{:.0f}", *found.low) : "none",
                          found.high ? fmt::format("{:.0f}", *found.high) : "no end");
    } else {
      line += found.reason;
    }
    line += found.measured ? fmt::format("; measured: {:.0f} tokens.", *found.measured)
                           : fmt::format("; {}.", found.measured_reason);
    text += labelled(text.empty() ? "Crossover" : "", line);
  }
  return text;
}

Text held_out_rows(const CommFit& fit) {
  Text text;
  std::set<std::string> said;
  for (const HeldOut& held : fit.held_out) {
    const std::string what = fmt::format("{} {}", held.kernel, name_of(held.direction));
    const std::string line =
        held.reason.empty()
            ? fmt::format(
                  "{}: {} points predicted from the rest with a median error of {}, largest {}.",
                  what,
                  held.points,
                  format_percent(held.median_error),
                  format_percent(held.largest_error))
            : fmt::format("{}: not predicted: {}.", what, held.reason);
    if (said.insert(line).second) text += labelled(text.empty() ? "Held out" : "", line);
  }
  return text;
}

/// All of all-to-alls: laws, curves, crossovers and points.
Text laws_text(const CommFit& fit, bool everything) {
  Text text = "Laws        what the calibration states, by kernel and phase; 95% intervals\n";
  for (const KernelLaw& law : fit.laws) text += law_rows(law, everything);
  text += "\n" + fits_table(fit) + reach_line(fit) + crossover_rows(fit);
  return text + fmt::format("\n{}\n", comm_fit_points(fit, everything));
}

}  // namespace

Text comm_fit_text(const CommFit& fit,
                   const std::vector<LogFile>& files,
                   const std::vector<std::string>& notes,
                   const FitReportOptions& options) {
  Text text = headline(fit) + collectives_headline(fit.collectives) + held_out_rows(fit) +
              crossing_line(fit);
  if (!options.written.empty()) {
    text += labelled("Written", fmt::format("to {0}; use it with --fabric {0}.", options.written));
  }
  const Text beware = beware_text(comm_fit_warnings(fit, files, notes));
  text += "\n" + beware + (beware.empty() ? "" : "\n");
  if (!options.base.empty()) {
    text += labelled("Base",
                     options.base +
                         " gives the rest: the GPU, what a kernel supports, and how long "
                         "its transfers hold SMs.");
  }
  if (!fit.laws.empty()) text += laws_text(fit, options.all_points);
  text += collectives_text(fit.collectives, options.all_points);
  for (const std::string& note : fit.notes) text += labelled("Note", note + ".");
  return text + files_text(files);
}

}  // namespace wideep
