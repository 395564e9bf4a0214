#include "input/read_lengths.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "input/counts_cells.h"
#include "input/ranges.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"input_tokens", "output_tokens", "weight"};
constexpr std::size_t kMostRows = 100'000;
constexpr int kMostFaults = 20;

class LengthsReader {
 public:
  LengthsReader(const Source& source, Findings& findings) : source_(source), findings_(findings) {}

  std::optional<std::vector<RequestLength>> read() {
    std::string_view rest = source_.text;
    for (int line = 1; !rest.empty() && faults_ < kMostFaults; ++line) {
      const std::size_t end = rest.find('\n');
      read_line(rest.substr(0, end), line);
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
    if (!named_) fault(1, 1, "there is no line that names the columns");
    if (named_ && rows_ == 0 && faults_ == 0) fault(1, 1, "there is no request in this file");
    if (faults_ > 0) return std::nullopt;
    std::vector<RequestLength> lengths;
    for (const auto& [length, weight] : weights_) {
      lengths.push_back({length.first, length.second, weight});
    }
    return lengths;
  }

 private:
  void fault(int line, int column, const std::string& message, const std::string& help = {}) {
    ++faults_;
    findings_.report({&source_, line, column}, message, help);
  }

  void read_line(std::string_view text, int line) {
    const std::string_view inner = without_blanks(text);
    if (inner.empty() || inner.front() == '#') return;
    const std::vector<CountsCell> cells = counts_cells(text);
    if (!std::exchange(named_, true)) return name_columns(cells, line);
    if (++rows_ > kMostRows) {
      if (rows_ == kMostRows + 1) {
        fault(line, 1, fmt::format("more than {} rows", kMostRows), "draw so many of them");
      }
      return;
    }
    if (cells.size() != places_.size()) {
      return fault(line, 1, fmt::format("{} cells, and {} columns", cells.size(), places_.size()));
    }
    std::array<double, 3> values{1.0, 1.0, 1.0};
    for (std::size_t at = 0; at < cells.size(); ++at) {
      const auto value = value_of(cells[at], places_[at], line);
      if (!value) return;
      values.at(places_[at]) = *value;
    }
    weights_[{values[0], values[1]}] += values[2];
  }

  void name_columns(const std::vector<CountsCell>& cells, int line) {
    for (const CountsCell& cell : cells) {
      std::size_t place = 0;
      while (place < kColumns.size() && kColumns.at(place) != cell.text) ++place;
      if (place == kColumns.size()) {
        return fault(line,
                     cell.column,
                     "the first line names the columns input_tokens, output_tokens and weight");
      }
      places_.push_back(place);
    }
    for (std::size_t place = 0; place < kColumns.size(); ++place) {
      const auto there = std::count(places_.begin(), places_.end(), place);
      const bool needed = kColumns.at(place) != "weight";
      if (there > 1 || (needed && there == 0)) {
        fault(
            line,
            1,
            fmt::format("column '{}' is {}", kColumns.at(place), there > 1 ? "twice" : "missing"));
      }
    }
  }

  std::optional<double> value_of(const CountsCell& cell, std::size_t place, int line) {
    const bool weight = kColumns.at(place) == "weight";
    const auto value = parse_number(cell.text);
    const bool sound =
        value && std::isfinite(*value) &&
        (weight ? *value > 0.0 : *value >= range::kContext.low && *value <= range::kContext.high);
    if (sound) return value;
    fault(line,
          cell.column,
          weight ? "a weight is a number above 0"
                 : fmt::format("'{}' is a number of tokens, {} to {}",
                               kColumns.at(place),
                               range::kContext.low,
                               range::kContext.high));
    return std::nullopt;
  }

  const Source& source_;
  Findings& findings_;
  std::vector<std::size_t> places_;  ///< by column, in kColumns
  std::map<std::pair<double, double>, double> weights_;
  std::size_t rows_ = 0;
  int faults_ = 0;
  bool named_ = false;
};

}  // namespace

std::optional<std::vector<RequestLength>> read_lengths(const Source& source, Findings& findings) {
  return LengthsReader(source, findings).read();
}

}  // namespace wideep
