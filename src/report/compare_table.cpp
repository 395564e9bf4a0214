#include "report/compare_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "units/format_quantity.h"

namespace wideep {
namespace {

// So that three fit 60 columns.
constexpr int kLabel = 16;
constexpr int kFirst = 10;
constexpr int kValue = 9;
constexpr int kDifference = 7;
constexpr int kOther = kValue + kDifference + 1;  // and the mark

/// A cell: what is printed, and what the difference is taken of.
struct Cell {
  std::string text = "-";
  std::optional<double> value = {};
  bool largest = false;
};

struct TableLine {
  std::string label;
  std::vector<Cell> cells;
  bool heads = false;  ///< a part of the table: a blank line before it
};

/// "+12.3%", "-7.0%", "=", "x11"; empty where there is nothing to compare with.
std::string difference(const std::optional<double>& from, const std::optional<double>& to) {
  constexpr double kPercent = 100.0;
  constexpr double kShown = 0.05;     // percent that are not none
  constexpr double kDecimals = 99.9;  // percent that are written with decimals
  constexpr double kFactor = 999.0;   // percent that are not written as a factor
  if (!from || !to) return "";
  if (*from == *to) return "=";
  if (*from == 0.0) return "";
  const double percent = kPercent * (*to / *from - 1.0);
  if (std::abs(percent) < kShown) return "=";
  if (std::abs(percent) < kDecimals) return fmt::format("{:+.1f}%", percent);
  if (percent < kFactor) return fmt::format("{:+.0f}%", percent);
  return fmt::format("x{}", format_number(std::round(*to / *from)));
}

/// One figure of each that has a report.
template <class Of>
TableLine line_of(const CompareReport& report, std::string label, const Of& of) {
  TableLine line{.label = std::move(label), .cells = {}};
  for (const Compared& one : report.compared) {
    line.cells.push_back(one.report ? of(*one.report) : Cell{});
  }
  return line;
}

Cell count_cell(double count) {
  return {.text = format_number(count), .value = count};
}

TableLine time_line(const CompareReport& report, const ComparedTerm& row) {
  constexpr double kVisible = 0.001;  // of a layer, as in its chart
  const CostTerm term = row.term;
  TableLine line{.label = std::string(words_of(term).label), .cells = {}};
  line.heads = term == CostTerm::kMoeLayers;
  for (std::size_t at = 0; at < row.values.size(); ++at) {
    Cell cell{.largest = row.largest[at]};
    if (const auto& value = row.values[at]) {
      Seconds shown = *value;
      if (term == CostTerm::kHidden) {  // the label subtracts it
        shown = Seconds(0.0) - shown;
        const Seconds layer = report.compared[at].report->prediction.layer;
        if (std::abs(shown / layer) < kVisible) shown = Seconds(0.0);
      }
      cell.text = format(shown);
      cell.value = shown.base();
    }
    line.cells.push_back(std::move(cell));
  }
  return line;
}

/// Whether a row says something: a time other than 0 of one of them. TPOT says it all where it is
/// the step of each.
bool says_something(const CompareReport& report, const ComparedTerm& row) {
  constexpr double kTrace = 1e-9;  // of a layer: rounding
  const auto& all = report.compared;
  bool any = false;
  bool same_as_step = true;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (!all[at].report) continue;
    const Prediction& here = all[at].report->prediction;
    const auto& value = row.values[at];
    any = any || (value && std::abs(*value / here.layer) > kTrace);
    same_as_step =
        same_as_step && here.step.tpot == here.step.total && has_tpot(all[at].problem.workload);
  }
  return any && !(row.term == CostTerm::kStep && same_as_step);
}

std::vector<TableLine> lines_of(const CompareReport& report) {
  std::vector<TableLine> lines;
  for (const ComparedTerm& row : report.terms) {
    if (says_something(report, row)) lines.push_back(time_line(report, row));
  }
  lines.push_back(line_of(report, "tokens/s per GPU", [](const ConfigReport& one) {
    return count_cell(one.prediction.step.tokens_per_gpu_per_second);
  }));
  lines.back().heads = true;
  lines.push_back(line_of(report, "tokens per rank", [](const ConfigReport& one) {
    return count_cell(one.prediction.tokens);
  }));
  lines.push_back(line_of(report, "GPUs", [](const ConfigReport& one) {
    return count_cell(one.prediction.config.gpus());
  }));
  lines.push_back(line_of(report, "memory per GPU", [](const ConfigReport& one) {
    const auto& memory = one.prediction.memory;
    if (!memory) return Cell{};
    return Cell{.text = format(memory->total()), .value = memory->total().base()};
  }));
  const auto& memory = lines.back().cells;
  if (std::none_of(memory.begin(), memory.end(), [](const Cell& cell) { return cell.value; })) {
    lines.pop_back();
  }
  return lines;
}

/// The columns of a block: the first, and so many others from one on.
struct Block {
  std::size_t from = 1;
  std::size_t end = 1;
};

std::string row_of(const TableLine& line, const Block& block) {
  const Cell& first = line.cells.front();
  std::string text = fmt::format("{:<{}}{:>{}}", line.label, kLabel, first.text, kFirst);
  for (std::size_t at = block.from; at < block.end; ++at) {
    const Cell& cell = line.cells[at];
    text += fmt::format("{:>{}}{:>{}}{}",
                        cell.text,
                        kValue,
                        difference(first.value, cell.value),
                        kDifference,
                        cell.largest ? '*' : ' ');
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

Text compare_table(const CompareReport& report, const Display& display) {
  const std::size_t all = report.compared.size();
  const auto fit =
      static_cast<std::size_t>(std::max(1, (display.columns - kLabel - kFirst) / kOther));
  const std::vector<TableLine> lines = lines_of(report);
  TableLine heading{.label = "one layer", .cells = {}};
  for (std::size_t at = 0; at < all; ++at) heading.cells.push_back({.text = letter_of(at)});
  Text text;
  for (Block block; block.from < all; block.from = block.end) {
    block.end = std::min(all, block.from + fit);
    text += Text("\n") + plain_line(row_of(heading, block), Row::Tone::kHeading);
    text.rows.back().kind = Row::Kind::kAsItIs;
    for (const TableLine& line : lines) {
      if (line.heads) text += "\n";
      text += Text(row_of(line, block));
    }
  }
  text += Text("\n") +
          plain_line("Percent are against A; * marks what makes most of the difference to A.");
  return text;
}

}  // namespace wideep
