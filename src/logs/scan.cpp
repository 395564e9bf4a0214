#include "logs/scan.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "logs/characters.h"

namespace wideep {
namespace {

constexpr std::string_view kBlanks = " \t\r";

constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

}  // namespace

std::size_t Marker::find(std::string_view line, std::size_t from) const {
  while (from + text_.size() <= line.size()) {
    const std::size_t room = line.size() - from - text_.size() + 1;
    const auto* const hit =
        static_cast<const char*>(std::memchr(line.data() + from + rare_, text_[rare_], room));
    if (hit == nullptr) return kNowhere;
    const std::size_t at = static_cast<std::size_t>(hit - line.data()) - rare_;
    const char* const candidate = line.data() + at;
    // Most candidates differ at either end already, which is cheaper to see than to call for.
    if (*candidate == text_.front() && candidate[text_.size() - 1] == text_.back() &&
        std::memcmp(candidate, text_.data(), text_.size()) == 0) {
      return at;
    }
    from = at + 1;
  }
  return kNowhere;
}

Cursor& Cursor::skip_blanks() {
  while (!text_.empty() &&
         (text_.front() == ' ' || text_.front() == '\t' || text_.front() == '*')) {
    text_.remove_prefix(1);
  }
  return *this;
}

bool Cursor::skip(std::string_view word) {
  const std::string_view before = text_;
  skip_blanks();
  const bool next = !text_.empty() && text_.front() == word.front() && text_.starts_with(word);
  text_ = next ? text_.substr(word.size()) : before;
  return next;
}

bool Cursor::skip_past(std::string_view word) {
  const std::size_t at = text_.find(word);
  if (at == kNowhere) return false;
  text_.remove_prefix(at + word.size());
  return true;
}

std::optional<double> Cursor::number() {
  const std::string_view before = text_;
  const ScannedNumber found = scan_number(skip_blanks().text_);
  if (found.length == 0) {
    text_ = before;
    return std::nullopt;
  }
  text_.remove_prefix(found.length);
  return found.value;
}

std::optional<double> Cursor::number(std::string_view unit) {
  const std::string_view before = text_;
  const auto value = number();
  if (value && skip(unit)) return value;
  text_ = before;
  return std::nullopt;
}

std::optional<int> Cursor::whole() {
  const std::string_view text = text_.substr(blanks_at(text_));
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 0) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) return std::nullopt;
  text_ = rest;
  return value;
}

ScannedNumber scan_number(std::string_view text) {
  // A double holds such a number exactly, and the power of ten, so that one division rounds it
  // well.
  constexpr std::uint64_t kExact = std::uint64_t{1} << std::numeric_limits<double>::digits;
  const std::size_t from = blanks_at(text);
  std::size_t at = from;
  const bool negative = at < text.size() && text[at] == '-';
  if (negative) ++at;
  const std::size_t first = at;
  std::uint64_t mantissa = 0;
  std::size_t point = kNowhere;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      constexpr std::uint64_t kTen = 10;
      if (mantissa < kExact) mantissa = kTen * mantissa + static_cast<std::uint64_t>(c - '0');
    } else if (c == '.' && point == kNowhere) {
      point = at;
    } else {
      break;
    }
  }
  if (first == text.size() || !is_digit(text[first])) return {};
  const std::size_t decimals = point == kNowhere ? 0 : at - point - 1;
  const bool exponent = at < text.size() && (text[at] == 'e' || text[at] == 'E');
  if (!exponent && mantissa < kExact && decimals < kPowersOfTen.size()) {
    const double value = static_cast<double>(mantissa) / kPowersOfTen[decimals];
    return {negative ? -value : value, at, static_cast<int>(decimals)};
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data() + from, text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return {};
  constexpr std::size_t kManyDecimals = 99;
  return {value,
          static_cast<std::size_t>(end - text.data()),
          static_cast<int>(std::min(decimals, kManyDecimals))};
}

std::optional<double> number_after(std::string_view text, std::string_view marker) {
  Cursor cursor(text);
  return cursor.skip_past(marker) ? cursor.number() : std::nullopt;
}

std::optional<int> whole_after(std::string_view text, std::string_view marker) {
  Cursor cursor(text);
  return cursor.skip_past(marker) ? cursor.whole() : std::nullopt;
}

std::string_view option_value(std::string_view command, std::string_view name) {
  for (std::size_t at = command.find(name); at != kNowhere; at = command.find(name, at + 1)) {
    const std::string_view rest = command.substr(at + name.size());
    if (rest.empty() || (rest.front() != '=' && rest.front() != ' ')) continue;
    const std::size_t from = std::min(rest.find_first_not_of("= "), rest.size());
    return rest.substr(from, rest.find_first_of(" \t", from) - from);
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kBlanks);
  if (from == kNowhere) return text.substr(text.size());
  return text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void split_cells(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    if (at < line.size() && line[at] == '"') quoted = !quoted;
    if (at < line.size() && (quoted || line[at] != separator)) continue;
    std::string_view cell = trimmed(line.substr(from, at - from));
    if (cell.size() > 1 && cell.front() == '"' && cell.back() == '"') {
      cell = trimmed(cell.substr(1, cell.size() - 2));
    }
    cells.push_back(cell);
    from = at + 1;
  }
}

void split_words(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  for (std::size_t from = line.find_first_not_of(kBlanks); from != kNowhere;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, from), line.size());
    words.push_back(line.substr(from, end - from));
    from = line.find_first_not_of(kBlanks, end);
  }
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string clean(text.substr(0, kShown));
  std::replace_if(
      clean.begin(),
      clean.end(),
      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; },
      ' ');
  return fmt::format("'{}{}'", clean, text.size() > kShown ? "..." : "");
}

int gpus_per_domain_of(std::string_view device) {
  constexpr int kRack = 72;   // NVL72
  constexpr int kServer = 8;  // HGX and DGX
  for (const std::string_view name : {"GB200", "GB300"}) {
    if (device.find(name) != kNowhere) return kRack;
  }
  for (const std::string_view name : {"H100", "H200", "H800", "H20", "B200", "B300", "A100"}) {
    if (device.find(name) != kNowhere) return kServer;
  }
  return 0;
}

std::string_view implausible(Bytes volume, Seconds time) {
  constexpr Seconds kLongest = 60.0 * unit::s;
  constexpr Bytes kLargest = 1e15 * unit::B;
  if (!std::isfinite(time.base()) || !std::isfinite(volume.base())) return "a figure is not finite";
  if (time <= Seconds{} || volume <= Bytes{}) return "a time or a bandwidth that is not above 0";
  if (time > kLongest) return "a time of more than a minute";
  if (volume > kLargest) return "more bytes than any transfer has";
  return "";
}

void RunCounter::mark() {
  if (fresh_) return;
  fresh_ = true;
  base_ = newest_ + 1;
  std::fill(lines_.begin(), lines_.end(), 0);
}

int RunCounter::next(int rank) {
  const auto at = static_cast<std::size_t>(rank);
  if (at >= lines_.size()) lines_.resize(at + 1, 0);
  fresh_ = false;
  const int run = base_ + lines_[at];
  if (run < std::numeric_limits<int>::max() - 1) ++lines_[at];
  newest_ = std::max(newest_, run);
  return run;
}

}  // namespace wideep
