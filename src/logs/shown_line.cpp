#include "logs/shown_line.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace wideep {

ShownLine shown_line(const LogLine& line) {
  constexpr std::size_t kKeptOfLine = 1000;
  return {
      .number = line.number, .column = 1, .text = std::string(line.text.substr(0, kKeptOfLine))};
}

std::string rendered(const std::string& name,
                     const ShownLine& line,
                     std::string_view message,
                     std::string_view help) {
  constexpr std::size_t kWindow = 72;
  constexpr std::size_t kLead = 36;
  std::string text = line.text;
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; },
      ' ');
  auto caret = static_cast<std::size_t>(std::max(1, line.column));
  if (text.size() > kWindow) {
    const std::size_t from = std::min(caret > kLead ? caret - kLead : 0, text.size());
    text = text.substr(from, kWindow);
    caret -= from;
  }
  // Bytes that continue a character take no column.
  constexpr unsigned char kContinuationMask = 0xC0;
  constexpr unsigned char kContinuation = 0x80;
  const auto before = text.begin() + static_cast<std::ptrdiff_t>(std::min(caret - 1, text.size()));
  caret -= static_cast<std::size_t>(std::count_if(text.begin(), before, [](unsigned char c) {
    return (c & kContinuationMask) == kContinuation;
  }));
  std::string report =
      fmt::format("{}:{}:{}: error: {}\n", name, line.number, line.column, message);
  report += fmt::format("{:5} | {}\n", line.number, text);
  report += fmt::format("      | {:>{}}\n", "^", std::min(caret, kWindow + 1));
  if (!help.empty()) report += fmt::format("      = help: {}\n", help);
  return report;
}

}  // namespace wideep
