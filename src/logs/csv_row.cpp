#include "logs/csv_row.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "logs/characters.h"
#include "logs/scan.h"

namespace wideep {
namespace {

constexpr std::size_t kLongestName = 64;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool is_letter(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}

std::size_t find_char(std::string_view text, char wanted, std::size_t from) {
  if (from >= text.size()) return text.size();
  const void* const at = std::memchr(text.data() + from, wanted, text.size() - from);
  return at == nullptr ? text.size()
                       : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

/// Where the cell that begins at `from` ends: the comma after its closing quote.
std::size_t quoted_end(std::string_view line, std::size_t from) {
  std::size_t at = from;
  while (at < line.size() && is_blank(line[at])) ++at;
  if (at == line.size() || line[at] != '"') return find_char(line, ',', from);
  // Two quotes stand for one within the cell.
  for (at = find_char(line, '"', at + 1); at + 1 < line.size() && line[at + 1] == '"';) {
    at = find_char(line, '"', at + 2);
  }
  return find_char(line, ',', at);
}

std::string_view unquoted(std::string_view cell) {
  if (cell.size() < 2 || cell.front() != '"' || cell.back() != '"') return cell;
  return trimmed(cell.substr(1, cell.size() - 2));
}

/// The finite number that a cell is. Most are short whole numbers, for which there is a short way.
bool parse_cell(std::string_view cell, double& value) {
  constexpr std::size_t kExactDigits = 15;  // of a double
  constexpr std::int64_t kBase = 10;
  if (!cell.empty() && cell.size() <= kExactDigits &&
      std::all_of(cell.begin(), cell.end(), is_digit)) {
    std::int64_t whole = 0;
    for (const char c : cell) whole = kBase * whole + (c - '0');
    value = static_cast<double>(whole);
    return true;
  }
  const char* const last = cell.data() + cell.size();
  const auto [end, error] = std::from_chars(cell.data(), last, value);
  return error == std::errc{} && end == last && std::isfinite(value);
}

/// Words parted by single underscores.
std::string joined(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (is_letter(c) || is_digit(c)) {
      result += c;
    } else if (!result.empty() && result.back() != '_') {
      result += '_';
    }
  }
  while (!result.empty() && result.back() == '_') result.pop_back();
  return result;
}

}  // namespace

void split_row(std::string_view line, std::size_t most, std::vector<std::string_view>& cells) {
  cells.clear();
  const bool quotes = find_char(line, '"', 0) < line.size();
  for (std::size_t from = 0; from <= line.size() && cells.size() < most;) {
    const std::size_t end = quotes ? quoted_end(line, from) : find_char(line, ',', from);
    const std::string_view cell = trimmed(line.substr(from, end - from));
    cells.push_back(quotes ? unquoted(cell) : cell);
    from = end + 1;
  }
}

bool is_number(std::string_view cell) {
  double value = 0.0;
  return parse_cell(cell, value);
}

bool is_column_name(std::string_view cell) {
  if (cell.size() > kLongestName) return false;
  if (cell.empty()) return true;
  if (!is_letter(cell.front()) && cell.front() != '_') return false;
  return std::all_of(cell.begin(), cell.end(), [marks = std::string_view("_-. ()[]/%#")](char c) {
    return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
  });
}

bool CsvHeader::possible(const std::vector<std::string_view>& cells) {
  return 2 <= cells.size() && cells.size() <= kMostColumns &&
         std::all_of(cells.begin(), cells.end(), is_column_name);
}

CsvHeader::CsvHeader(std::string_view line, const std::vector<std::string_view>& cells) {
  for (const std::string_view cell : cells) {
    cased_.push_back(joined(cell));
    names_.push_back(cased_.back());
    for (char& c : names_.back()) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    positions_.push_back(static_cast<int>(cell.data() - line.data()) + 1);
  }
}

int CsvHeader::find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  return at == names_.end() ? kAbsent : static_cast<int>(at - names_.begin());
}

void CsvRow::wrong(std::string why) {
  if (why_.empty()) why_ = std::move(why);
}

bool CsvRow::read(int column, double& value) {
  if (column == CsvHeader::kAbsent) return false;
  const std::string_view text = cell(column);
  if (parse_cell(text, value)) return true;
  if (good()) {
    wrong(text.empty() ? fmt::format("'{}' is empty", name(column))
                       : fmt::format("'{}' is not a number", name(column)));
  }
  return false;
}

double CsvRow::number(int column, Range<double> range) {
  double value = 0.0;
  if (!read(column, value)) return range.low;
  if (range.low <= value && value <= range.high) return value;
  if (good()) {
    wrong(fmt::format("'{}' is not between {} and {}", name(column), range.low, range.high));
  }
  return range.low;
}

int CsvRow::whole(int column, Range<int> range) {
  double value = 0.0;
  if (!read(column, value)) return range.low;
  if (range.low <= value && value <= range.high && value == std::floor(value)) {
    return static_cast<int>(value);
  }
  if (good()) {
    wrong(fmt::format(
        "'{}' is not a whole number from {} to {}", name(column), range.low, range.high));
  }
  return range.low;
}

Seconds CsvRow::time(int column, Seconds one) {
  double value = 0.0;
  if (!read(column, value)) return one;
  const Seconds time = value * one;
  if (range::kTableTime.low <= time && time <= range::kTableTime.high) return time;
  if (good()) {
    wrong(fmt::format(
        "'{}' is not a time above 0 up to {} s", name(column), range::kTableTime.high / unit::s));
  }
  return one;
}

}  // namespace wideep
