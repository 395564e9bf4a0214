#include "report/timeline.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr int kProcess = 1;
constexpr int kBeside = 10;  // columns of the names beside a chart, and one left free
constexpr std::string_view kStageLetters = "PASDECF";  // of Stage, in its order
constexpr std::array<const char*, kResourceCount> kResourceNames = {"link", "compute"};

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::kPrep:
      return "prep";
    case Stage::kAttention:
      return "attention";
    case Stage::kShared:
      return "shared experts";
    case Stage::kDispatch:
      return "dispatch";
    case Stage::kExperts:
      return "experts";
    case Stage::kFused:
      return "fused MoE";
    case Stage::kCombine:
      break;
  }
  return "combine";
}

/// The name of a task: its stage, and which chunk or micro-batch where there are several.
std::string name_of(const Label& label, Overlap overlap) {
  if (overlap == Overlap::kNone || overlap == Overlap::kFused) {
    return std::string(name_of(label.stage));
  }
  return fmt::format("{} {}", name_of(label.stage), label.piece + 1);
}

Json name_event(const char* what, std::size_t tid, std::string_view name) {
  return {{"name", what}, {"ph", "M"}, {"pid", kProcess}, {"tid", tid}, {"args", {{"name", name}}}};
}

/// Capitals for odd pieces and small letters for even ones, so that neighbours are told apart.
char letter_of(const Label& label) {
  const char letter = kStageLetters[static_cast<std::size_t>(label.stage)];
  return label.piece % 2 == 0 ? letter : static_cast<char>(std::tolower(letter));
}

/// "A attention, D dispatch, ": of the stages that there are.
std::string legend_of(const TaskList& tasks) {
  std::string legend;
  for (std::size_t stage = 0; stage < kStageLetters.size(); ++stage) {
    const auto has = [stage](const Label& label) {
      return static_cast<std::size_t>(label.stage) == stage;
    };
    if (std::none_of(tasks.labels.begin(), tasks.labels.end(), has)) continue;
    legend += fmt::format("{} {}, ", kStageLetters[stage], name_of(static_cast<Stage>(stage)));
  }
  return legend;
}

}  // namespace

Json trace_json(const Problem& problem, const Prediction& prediction, const Timeline& timeline) {
  Json events = Json::array();
  events.push_back(name_event("process_name", 0, describe(problem, prediction)));
  for (std::size_t tid = 0; tid < kResourceCount; ++tid) {
    events.push_back(name_event("thread_name", tid, kResourceNames[tid]));
  }
  for (std::size_t at = 0; at < timeline.spans.size(); ++at) {
    const Label& label = timeline.tasks.labels[at];
    const Span& span = timeline.spans[at];
    events.push_back(
        {{"name", name_of(label, prediction.config.overlap)},
         {"cat", name_of(label.stage)},
         {"ph", "X"},
         {"ts", span.start / unit::us},
         {"dur", (span.finish - span.start) / unit::us},
         {"pid", kProcess},
         {"tid", timeline.tasks.tasks[at].resource},
         {"args",
          {{"layer", label.layer}, {"tokens", label.tokens}, {"bytes", label.bytes.base()}}}});
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
}

Text gantt_text(const Problem& problem,
                const Prediction& prediction,
                const Timeline& timeline,
                const Display& display) {
  const Seconds end = makespan(timeline.spans);
  const auto columns = static_cast<std::size_t>(display.columns - kBeside);
  std::array<std::string, kResourceCount> rows;
  rows.fill(std::string(columns, '.'));
  for (std::size_t at = 0; at < timeline.spans.size(); ++at) {
    // A column belongs to the task that runs in its middle.
    const auto column = [&](Seconds time) {
      return static_cast<std::size_t>(std::lround(time / end * static_cast<double>(columns)));
    };
    const Span& span = timeline.spans[at];
    std::string& row = rows[static_cast<std::size_t>(timeline.tasks.tasks[at].resource)];
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(column(span.start)),
              row.begin() + static_cast<std::ptrdiff_t>(column(span.finish)),
              letter_of(timeline.tasks.labels[at]));
  }
  Text text = plain_line(fmt::format("{}: {} layer{} in {}.",
                                     describe(problem, prediction),
                                     timeline.layers,
                                     timeline.layers == 1 ? "" : "s",
                                     format(end)),
                         Row::Tone::kAnswer);
  text += "\n";
  for (std::size_t at = 0; at < kResourceCount; ++at) {
    text += fmt::format("{:<8} {}\n", kResourceNames[at], rows[at]);
  }
  text += fmt::format("{:<8} {:<{}}{}\n\n", "", "0", columns - format(end).size(), format(end));
  return text + plain_line(legend_of(timeline.tasks) +
                           ". idle; small letters are the second micro-batch, or every second "
                           "chunk.");
}

}  // namespace wideep
