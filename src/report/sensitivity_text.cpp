// How sure an answer is, for people.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/describe.h"
#include "report/sensitivity_report.h"
#include "search/agenda.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Less is shown as nothing by format_percent().
constexpr double kShown = 0.0005;

/// Limits that are broken in fewer draws are left to --sensitivity.
constexpr double kTold = 0.05;

std::string regret_text(const Confidence& confidence) {
  if (confidence.regret == 0.0) return "";
  const std::string by = confidence.regret < kShown ? std::string("less than 0.1%")
                                                    : format_percent(confidence.regret);
  // The best of a draw may be of the same choice, and retuned.
  const char* const than = confidence.best_share == 1.0
                               ? "slower on average than with split, chunks and SMs of each draw"
                               : "slower than the best on average";
  return fmt::format("; {} {}", by, than);
}

/// Inputs that move the choice by what is shown as more than nothing.
std::span<const Lever> levers_shown(const Confidence& confidence) {
  const std::vector<Lever>& levers = confidence.levers;
  const auto end = std::find_if(levers.begin(), levers.end(), [](const Lever& lever) {
    return lever.margin_deviation < kShown;
  });
  return {levers.begin(), end};
}

std::string input_name(const UncertainInput& input) {
  return input.key.name();
}

/// "best in all of 64 draws", "best in 86.0% of 64 draws".
std::string best_text(const Confidence& confidence) {
  const int draws = confidence.feasible;
  if (confidence.best_share == 1.0) return fmt::format("best in all of {} draws", draws);
  return fmt::format("best in {} of {} draws", format_percent(confidence.best_share), draws);
}

std::string winners_text(const Problem& problem, const Confidence& confidence, const Config& ours) {
  constexpr std::size_t kNamed = 4;
  std::vector<std::string> named;
  for (const Winner& winner : confidence.winners) {
    if (same_choice(winner.config, ours) || named.size() == kNamed) continue;
    named.push_back(fmt::format("{} in {}",
                                describe_choice(problem, winner.config),
                                format_percent(1.0 * winner.draws / confidence.feasible)));
  }
  return fmt::format("{}", fmt::join(named, "; "));
}

std::string times_text(const Spread& spread) {
  return fmt::format("{} to {}", format(Seconds(spread.low)), format(Seconds(spread.high)));
}

/// Of a threshold, which not every draw has.
Text threshold_row(std::string_view label,
                   const Spread& spread,
                   const Confidence& confidence,
                   const std::string& low,
                   const std::string& high) {
  if (spread.draws == 0) return labelled(label, "none in any draw.");
  const bool all = spread.draws == confidence.draws.count;
  return labelled(
      label,
      fmt::format("{} to {}{}.",
                  low,
                  high,
                  all ? ""
                      : fmt::format(", where there is one: in {} of draws",
                                    format_percent(1.0 * spread.draws / confidence.draws.count))));
}

Text interval_rows(const Confidence& confidence) {
  Text text = labelled("  Layer", times_text(confidence.layer) + " (90% of draws, as below).");
  text += labelled("  TPOT", times_text(confidence.tpot) + ".");
  if (confidence.ttft.draws > 0) text += labelled("  TTFT", times_text(confidence.ttft) + ".");
  // From the first token on, as of experts that read their weights; then its end is of interest.
  const Spread& from = confidence.full_overlap_tokens;
  const Spread& until = confidence.full_overlap_until_tokens;
  const bool from_start = from.draws > 0 && from.high == 0.0;
  const Spread& overlap = from_start ? until : from;
  if (from_start && until.draws == 0) {
    text += labelled("  T*", "0: compute takes longer than communication at any batch.");
  } else {
    text += threshold_row("  T*",
                          overlap,
                          confidence,
                          (from_start ? "ends at " : "") + format_number(overlap.low),
                          format_number(overlap.high) + " tokens");
  }
  const Spread& crossover = confidence.kernel_crossover_bytes;
  return text + threshold_row("  V*",
                              crossover,
                              confidence,
                              format(Bytes(crossover.low)),
                              format(Bytes(crossover.high)));
}

/// What to measure, with how much it moves the margin to the rivals.
Text measure_row(const SensitivityReport& report) {
  constexpr std::size_t kNamed = 3;
  const std::span<const Lever> levers = levers_shown(*report.confidence);
  if (levers.empty()) return labelled("  Measure", "nothing: no input moves the choice by 0.1%.");
  std::string text;
  for (std::size_t at = 0; at < std::min(kNamed, levers.size()); ++at) {
    const UncertainInput& input = report.inputs[levers[at].input];
    text += at == 0
                ? fmt::format("{} first: {} off ({}), it moves the margin to other choices by {}",
                              input_name(input),
                              format_percent(input.deviation),
                              input.source,
                              format_percent(levers[at].margin_deviation))
                : fmt::format("{} {} by {}",
                              at == 1 ? "; then" : ",",
                              input_name(input),
                              format_percent(levers[at].margin_deviation));
  }
  return labelled("  Measure", text + ".");
}

/// A number and its unit as input has it, in 4 digits, or all of a whole number: "43.12us".
std::string rounded(const std::string& value) {
  double number = 0.0;
  const char* const limit = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), limit, number);
  if (error != std::errc()) return value;
  const bool whole = number == std::floor(number);
  return (whole ? format_count(number) : format_number(number)) + std::string(end, limit);
}

std::string flip_text(const Problem& problem, const Flip& flip, bool up) {
  const std::string winner =
      flip.winner ? describe_choice(problem, *flip.winner) : std::string("nothing is feasible");
  return fmt::format("{} {}; {} it {}",
                     up ? "up to" : "down to",
                     place_text(flip.holds_text, flip.holds),
                     up ? "beyond" : "below",
                     winner);
}

/// "kernels.LL.latency: best up to 31us; beyond it EP 64, HT ...".
Text flip_rows(const Problem& problem,
               const Config& base,
               const std::vector<InputSensitivity>& inputs) {
  Text text = plain_line(fmt::format("How long {} stays the best", describe_choice(problem, base)),
                         Row::Tone::kHeading);
  std::vector<std::string> without;
  for (const InputSensitivity& one : inputs) {
    const auto& [down, up, searched_down, searched_up] = one.flip;
    if (!down && !up) without.push_back(input_name(one.input));
    std::string ways;
    if (down) ways = flip_text(problem, *down, false);
    if (up) ways += (ways.empty() ? "" : "; ") + flip_text(problem, *up, true);
    if (ways.empty()) continue;
    text += plain_line(fmt::format("{} {}.", input_name(one.input), ways));
  }
  if (without.empty()) return text;
  return text + plain_line(fmt::format("No flip from 1/{0:.0f} to {0:.0f} times, or as far as they "
                                       "may go: {1}.",
                                       kFlipRange,
                                       fmt::join(without, ", ")));
}

/// Of each input what it is, its elasticity and how far it may be off.
Text table(const std::vector<InputSensitivity>& inputs) {
  Text text =
      plain_line(fmt::format("{:<45}{:>10} {:>11} {:>7}", "Inputs", "now", "elasticity", "off by"),
                 Row::Tone::kHeading);
  for (const InputSensitivity& one : inputs) {
    const double deviation = one.input.deviation;
    text += Text(fmt::format("  {:<43}{:>10} {:>+11.3f} {:>7}",
                             input_name(one.input),
                             one.value.empty() ? "a table" : rounded(one.value),
                             one.elasticity,
                             deviation > 0.0 ? format_percent(deviation) : "-"));
  }
  return text;
}

}  // namespace

std::string place_text(const std::string& value, double factor) {
  return value.empty() ? fmt::format("{} times what it is", format_number(factor)) : rounded(value);
}

Text confidence_line(const SensitivityReport& report) {
  if (!report.confidence || report.confidence->feasible == 0 || report.sensitivity) return {};
  const Confidence& confidence = *report.confidence;
  std::string text = best_text(confidence);
  if (confidence.broken_share > kTold) {
    text += fmt::format("; breaks limits in {}, else {} slower on average",
                        format_percent(confidence.broken_share),
                        format_percent(confidence.regret));
  } else {
    text += regret_text(confidence);
  }
  const std::span<const Lever> levers = levers_shown(confidence);
  if (!levers.empty()) {
    text += fmt::format("; measure {} first", input_name(report.inputs[levers.front().input]));
  }
  return labelled("Confidence", text + ".");
}

Text sensitivity_section(const Problem& problem, const SensitivityReport& report) {
  if (!report.sensitivity || !report.confidence) return {};
  const Confidence& confidence = *report.confidence;
  Text text = "\n" + plain_line(fmt::format("How sure ({} draws of uncertain inputs, seed {})",
                                            confidence.draws.count,
                                            confidence.draws.seed),
                                Row::Tone::kHeading);
  text += labelled("  Best", best_text(confidence) + regret_text(confidence) + ".");
  const std::string others = winners_text(problem, confidence, confidence.config);
  if (!others.empty()) text += labelled("  Else", others + ".");
  if (confidence.broken_share > 0.0) {
    text += labelled("  Breaks",
                     fmt::format("its service level or memory in {} of draws.",
                                 format_percent(confidence.broken_share)));
  }
  text += interval_rows(confidence) + measure_row(report) + "\n";
  text += flip_rows(problem, *report.base, *report.sensitivity) + "\n";
  return text + table(*report.sensitivity);
}

}  // namespace wideep
