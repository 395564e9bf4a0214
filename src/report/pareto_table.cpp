#include "report/pareto_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "model/words.h"
#include "report/describe.h"
#include "search/agenda.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Whether another configuration than before is best from here on, batch and split aside.
bool changes(const Front& front, std::size_t at) {
  return at > 0 && !same_choice(front.points[at - 1].config, front.points[at].config);
}

/// What a line says beside its bar.
struct Line {
  bool knee = false;
  double share = 0.0;  ///< of the most tokens per second and GPU
  std::array<std::string, 4> numbers;
  std::string choice;
};

constexpr std::array<std::string_view, 4> kHeadings = {"per user", "TPOT", "per GPU", "batch"};
constexpr std::size_t kBatch = 3;  // behind the bar
constexpr std::size_t kGap = 2;    // columns between parts
constexpr std::string_view kBarHeading = "tokens/s";
constexpr std::string_view kChoiceHeading = "configuration";

/// Columns of each part; a bar of none is left out.
struct Widths {
  std::array<std::size_t, 4> numbers{};
  std::size_t bar = 0;
  std::size_t columns = 0;
};

Line line_of(const Problem& problem, const Front& front, std::size_t at) {
  const Prediction& point = front.points[at];
  const double most = front.points.front().step.tokens_per_gpu_per_second;
  const double here = point.step.tokens_per_gpu_per_second;
  const bool named = changes(front, at) || at == 0;
  return {.knee = is_knee(front, at),
          .share = here / most,
          .numbers = {format_number(per_user(point)),
                      format(point.step.tpot),
                      format_count(std::round(here)),
                      format_number(point.tokens)},
          .choice = named ? choice_text(problem, point.config) : "same"};
}

/// Room for the longest of each; the bar takes what is left, where that is enough for its heading.
Widths widths_of(const std::vector<Line>& lines, const Display& display) {
  constexpr std::size_t kLongestBar = 20;
  Widths widths{.columns = static_cast<std::size_t>(display.columns)};
  std::size_t choice = kChoiceHeading.size();
  for (std::size_t column = 0; column < kHeadings.size(); ++column) {
    widths.numbers[column] = kHeadings[column].size();
  }
  for (const Line& line : lines) {
    for (std::size_t column = 0; column < kHeadings.size(); ++column) {
      widths.numbers[column] = std::max(widths.numbers[column], line.numbers[column].size());
    }
    choice = std::max(choice, line.choice.size());
  }
  constexpr std::size_t kMark = 2;                         // and the blank behind it
  const std::size_t gaps = kGap * (kHeadings.size() + 1);  // the bar's too
  std::size_t taken = kMark + gaps + choice;
  for (const std::size_t width : widths.numbers) taken += width;
  const std::size_t left = widths.columns > taken ? widths.columns - taken : 0;
  if (left >= kBarHeading.size()) widths.bar = std::min(left, kLongestBar);
  return widths;
}

/// The configuration goes on a line of its own where it does not fit beside the rest.
std::string text_of(const Line& line, std::string_view bar, const Widths& widths) {
  std::string text = line.knee ? "* " : "  ";
  const std::string gap(kGap, ' ');
  for (std::size_t column = 0; column < kHeadings.size(); ++column) {
    if (column == kBatch && widths.bar > 0) text += fmt::format("{}{:<{}}", gap, bar, widths.bar);
    if (column > 0) text += gap;
    text += fmt::format("{:>{}}", line.numbers[column], widths.numbers[column]);
  }
  const bool fits = text.size() + kGap + line.choice.size() <= widths.columns;
  return text + (fits ? gap : "\n    ") + line.choice + "\n";
}

}  // namespace

bool is_knee(const Front& front, std::size_t at) {
  return std::find(front.knees.begin(), front.knees.end(), at) != front.knees.end();
}

std::string choice_text(const Problem& problem, const Config& config) {
  return fmt::format("{}, {}{}",
                     layout_text(config),
                     problem.fabric.kernels[config.kernel].name,
                     config.overlap == Overlap::kNone
                         ? std::string()
                         : fmt::format(", {}", name_of(config.overlap)));
}

double per_user(const Prediction& point) {
  return 1.0 / (point.step.tpot / unit::s);
}

Text pareto_table(const Problem& problem, const Front& front, const Display& display) {
  constexpr std::size_t kScreen = 16;
  constexpr std::size_t kBetween = 8;  // beside what must be there
  const bool all = front.points.size() <= kScreen;
  const std::size_t stride = front.points.size() / kBetween + 1;
  std::vector<Line> lines;
  for (std::size_t at = 0; at < front.points.size(); ++at) {
    const bool end = at == 0 || at + 1 == front.points.size();
    if (all || end || is_knee(front, at) || changes(front, at) || at % stride == 0) {
      lines.push_back(line_of(problem, front, at));
    }
  }
  const Widths widths = widths_of(lines, display);
  Line heading{.numbers = {}, .choice = std::string(kChoiceHeading)};
  std::copy(kHeadings.begin(), kHeadings.end(), heading.numbers.begin());
  Text text = text_of(heading, kBarHeading, widths);
  for (const Line& line : lines) {
    const double length = static_cast<double>(widths.bar) * line.share;
    const std::string bar(static_cast<std::size_t>(std::max(1.0, std::round(length))), '#');
    text += text_of(line, bar, widths);
  }
  text += "\n";
  text += labelled("Batch",
                   "in tokens of a step per GPU. * marks a knee: there one percent for a "
                   "user costs one percent per GPU.");
  if (const std::size_t left_out = front.points.size() - lines.size(); left_out > 0) {
    text += labelled("Left out",
                     fmt::format("{} points between that change the batch alone: --format csv has "
                                 "all.",
                                 left_out));
  }
  return text;
}

}  // namespace wideep
