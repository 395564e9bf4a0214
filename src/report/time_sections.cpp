// What a layer's time is and where it goes.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engines/dbo_threshold.h"
#include "engines/runs.h"
#include "report/describe.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr int kChartColumns = 34;  // so that the chart fits the narrowest display
/// The rule holds while the longer of the two is at most this many times the shorter: then overlap
/// could still save a third of the layer.
constexpr double kBalanced = 2.0;
/// Share of a layer that is worth a word.
constexpr double kNotable = 0.005;

std::string bar(Seconds from, Seconds length, Seconds whole, char mark) {
  const auto columns = [&](Seconds time) {
    return static_cast<std::size_t>(std::lround(time / whole * kChartColumns));
  };
  const std::size_t start = columns(from);
  return std::string(start, ' ') + std::string(columns(from + length) - start, mark);
}

std::string chart_row(const char* label, Seconds time, const std::string& bars) {
  const bool empty = bars.find_first_not_of(' ') == std::string::npos;
  return fmt::format("  {:<10} {:>10}{}\n", label, format(time), empty ? "" : "  " + bars);
}

struct TermWords {
  std::string_view bound;  ///< of a layer that it bounds
  std::string_view what;
};

/// In the order of Term.
constexpr std::array<TermWords, kTermCount> kTermWords = {
    {{"communication bound", "bytes on the link"},
     {"latency bound", "latencies of transfers"},
     {"weight bound", "reading expert weights"},
     {"compute bound", "expert arithmetic"},
     {"launch bound", "launches"},
     {"attention bound", "attention and dense work"},
     {"SM bound", "transfers that hold every SM"}}};

/// "from 78 tokens", "from 23 to 216 tokens"; empty where no batch in use is large enough.
std::string pays_from(const Thresholds& thresholds, double tokens) {
  const auto& stretch = thresholds.half_split_stretch;
  const auto from = engine_threshold(thresholds);
  if (stretch && (!from || tokens < *stretch->until)) {
    return fmt::format("from {} to {} tokens",
                       format_count(std::ceil(stretch->from)),
                       format_count(std::floor(*stretch->until)));
  }
  return from ? fmt::format("from {} tokens", format_count(*from)) : "";
}

}  // namespace

Text gain_line(const Problem& problem, const Prediction& prediction, const Thresholds& thresholds) {
  const Config& config = prediction.config;
  if (prediction.is_fused()) {
    return plain_line(
        fmt::format("One kernel dispatches, computes and combines in {} (bound {}).",
                    format(prediction.busy.fused),
                    format(prediction.bound - prediction.attention - prediction.launches)));
  }
  const auto& modes = problem.space.overlaps;
  const bool dbo_meant = problem.space.timing == Timing::kSchedule &&
                         std::find(modes.begin(), modes.end(), Overlap::kDbo) != modes.end() &&
                         config.ep_width > 1 && runs_dbo(problem, config.kernel);
  const std::string from = pays_from(thresholds, prediction.config.tokens);
  std::string pays;
  if (dbo_meant && config.overlap == Overlap::kNone) {
    pays = from.empty() ? "; DBO pays at no batch here" : "; DBO would pay " + from;
  } else if (dbo_meant && config.overlap == Overlap::kDbo && !from.empty()) {
    pays = "; DBO pays " + from;
  }
  const Seconds saved = prediction.no_overlap - prediction.layer;
  const std::string gain =
      config.overlap == Overlap::kNone
          ? "No micro-batches overlap"
          : fmt::format("Overlap {} {} of {}",
                        saved < Seconds(0.0) ? "loses" : "saves",
                        format_percent(std::abs(saved / prediction.no_overlap)),
                        format(prediction.no_overlap));
  return plain_line(fmt::format("{}{} (bound {}).", gain, pays, format(prediction.bound)));
}

Text time_chart(const Prediction& prediction) {
  const BusyTimes& busy = prediction.busy;
  const Seconds whole = busy.total();
  const Seconds hidden = whole - prediction.layer;
  Text text = plain_line("Where the time goes (one layer)", Row::Tone::kHeading);
  Seconds from;
  const auto stage = [&](const char* label, Seconds time, bool optional) {
    if (optional && time == Seconds(0.0)) return;
    text += chart_row(label, time, bar(from, time, whole, '#'));
    from = from + time;
  };
  const bool fused = prediction.is_fused();
  const bool copied = prediction.is_copied();
  stage("attention", busy.attention, true);
  stage("launches", busy.launches, true);
  stage("fused MoE", busy.fused, true);
  stage(copied ? "exchange" : "dispatch", busy.dispatch, fused);
  stage("experts", busy.experts, fused);
  stage(copied ? "exchange" : "combine", busy.combine, fused);
  stage("SMs held", busy.sm_held, true);
  const Seconds shown = std::max(hidden, Seconds(0.0));
  constexpr double kVisible = 0.001;  // shared experts hide some of a transfer without overlap
  if (!fused && (prediction.config.overlap != Overlap::kNone || shown > kVisible * whole)) {
    text += chart_row("- hidden", shown, bar(whole - shown, shown, whole, '-'));
  }
  text += chart_row("= layer", prediction.layer, bar(Seconds(0.0), whole - shown, whole, '='));
  return text;
}

Text dbo_rule(const Prediction& prediction) {
  if (prediction.is_fused()) return {};
  const Seconds compute = prediction.attention + prediction.expert;
  const Seconds shorter = std::min(compute, prediction.comm);
  const Seconds longer = std::max(compute, prediction.comm);
  if (shorter == Seconds(0.0)) {
    return labelled("DBO rule", "nothing is sent, so nothing can overlap.");
  }
  const char* const verdict = longer / shorter <= kBalanced
                                  ? "within a factor of 2, where DBO has most to hide"
                                  : "more than a factor of 2 apart, where DBO has little to hide";
  return labelled("DBO rule",
                  fmt::format("{} {}, communication {}: a ratio of {}, {}.",
                              prediction.attention > Seconds(0.0) ? "attention and experts take"
                                                                  : "experts take",
                              format(compute),
                              format(prediction.comm),
                              format_number(compute / prediction.comm),
                              verdict));
}

Text split_balance(const ConfigReport& report) {
  if (!report.split) return {};
  const SplitBalance& split = *report.split;
  std::string parts;
  const auto add = [&](const char* what, Seconds more) {
    if (more < kNotable * report.prediction.layer) return;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", what, format(more));
  };
  add("attention", split.attention);
  add("experts", split.experts);
  add("transfers", split.transfers);
  add("SMs held", split.sm_held);
  const bool loses = split.gain < Seconds(0.0);
  return labelled("Split",
                  fmt::format("two micro-batches cost {} more{}; overlap hides {}: {} {}.",
                              format(split.cost),
                              parts.empty() ? "" : " (" + parts + ")",
                              format(split.hidden),
                              loses ? "a loss of" : "a gain of",
                              format(loses ? Seconds(0.0) - split.gain : split.gain)));
}

std::string_view bound_of(const Prediction& prediction) {
  return kTermWords[static_cast<std::size_t>(largest_term(prediction.exposed))].bound;
}

Text binding(const Prediction& prediction) {
  constexpr double kVisible = 0.01;
  std::array<std::size_t, kTermCount> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& exposed = prediction.exposed.of;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return exposed[a] > exposed[b];
  });
  std::string shares;
  for (const std::size_t term : order) {
    const double share = exposed[term] / prediction.layer;
    if (share < kVisible) break;
    shares += fmt::format(
        "{}{} {}", shares.empty() ? "" : ", ", format_percent(share), kTermWords[term].what);
  }
  return labelled("Binds", fmt::format("{}: of the layer {}.", bound_of(prediction), shares));
}

}  // namespace wideep
