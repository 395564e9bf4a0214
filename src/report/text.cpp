#include "report/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::string_view kBeware = "Beware";
constexpr std::size_t kLabelColumns = 12;
constexpr std::size_t kHanging = 2;  // of the second line of a sentence

/// Whether a word is the unit of the number before it, from which no line break may part it.
bool is_unit(std::string_view word) {
  constexpr std::size_t kLongest = 4;  // "GB/s"
  const std::string_view bare = word.substr(0, word.find_last_not_of(".,;:)") + 1);
  return !bare.empty() && bare.size() <= kLongest && (bare.ends_with('s') || bare.ends_with('B')) &&
         bare != "as" && bare != "is" && bare != "goes";
}

/// The end of the first word, with the unit that follows a number.
std::size_t word_end(std::string_view text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const bool number = end > 0 && end < text.size() && text[end - 1] >= '0' && text[end - 1] <= '9';
  if (!number) return end;
  const std::size_t next = std::min(text.find(' ', end + 1), text.size());
  return is_unit(text.substr(end + 1, next - end - 1)) ? next : end;
}

/// Where lines start, the first and the others, and where they end.
struct Margins {
  std::size_t first = 0;
  std::size_t others = 0;
  std::size_t columns = kPipedColumns;
};

/// The text in lines between those margins; the first begins on a line that is there already.
std::string broken(std::string_view text, const Margins& margins) {
  const auto [from, indent, columns] = margins;
  std::string lines;
  std::size_t column = from;
  std::size_t start = from;
  while (!text.empty()) {
    const std::size_t end = word_end(text);
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool at_start = column == start;
    if (!at_start && column + 1 + word.size() > columns) {
      lines += '\n' + std::string(indent, ' ');
      column = start = indent;
    } else if (!at_start) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines;
}

std::string broken_beside_indent(std::string_view text, std::size_t columns) {
  const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  return std::string(indent, ' ') +
         broken(text.substr(indent), {indent, indent + kHanging, columns});
}

/// The ANSI sequence that a tone is set in; empty: none.
std::string_view escape_of(Row::Tone tone) {
  switch (tone) {
    case Row::Tone::kAnswer:
      return "\x1b[1;32m";  // bold green
    case Row::Tone::kHeading:
      return "\x1b[1m";  // bold
    case Row::Tone::kWarning:
      return "\x1b[33m";  // yellow
    case Row::Tone::kPlain:
      break;
  }
  return "";
}

std::string lines_of(const Row& row, std::size_t columns, bool terminal = false) {
  switch (row.kind) {
    case Row::Kind::kAsItIs:
      return row.text;
    case Row::Kind::kFinding:
      return terminal ? broken_beside_indent(row.text, columns) : row.text;
    case Row::Kind::kSentence:
      return broken(row.text, {0, kHanging, columns});
    case Row::Kind::kLabelled:
      break;
  }
  return fmt::format("{:<{}}", row.label, kLabelColumns) +
         broken(row.text, {kLabelColumns, kLabelColumns, columns});
}

}  // namespace

std::string printable(std::string text) {
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7f'; },
      '?');
  return text;
}

Text::Text(const std::string& lines) {
  std::string_view rest = lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    rows.push_back({.label = {}, .text = std::string(rest.substr(0, end))});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

Text labelled(std::string_view label, std::string_view text) {
  const bool warns = label == kBeware;
  Text paragraph;
  paragraph.rows.push_back({.kind = Row::Kind::kLabelled,
                            .tone = warns ? Row::Tone::kWarning : Row::Tone::kPlain,
                            .label = std::string(label),
                            .text = std::string(text)});
  return paragraph;
}

Text plain_line(std::string text, Row::Tone tone) {
  Text row;
  row.rows.push_back(
      {.kind = Row::Kind::kSentence, .tone = tone, .label = {}, .text = std::move(text)});
  return row;
}

Text finding_line(std::string text) {
  Text row;
  row.rows.push_back({.kind = Row::Kind::kFinding, .label = {}, .text = std::move(text)});
  return row;
}

Text on_a_screen(Text text, std::span<const std::string_view> dispensable) {
  constexpr std::ptrdiff_t kLines = 30;
  const auto lines = [&] {
    std::ptrdiff_t count = 0;
    for (const Row& row : text.rows) {
      const std::string shown = lines_of(row, kPipedColumns);
      if (row.label != kBeware) count += 1 + std::count(shown.begin(), shown.end(), '\n');
    }
    return count;
  };
  for (const std::string_view label : dispensable) {
    if (lines() <= kLines) break;
    std::erase_if(text.rows, [&](const Row& row) { return row.label == label; });
  }
  return text;
}

std::string laid_out(const Text& text, const Display& display) {
  std::string lines;
  for (const Row& row : text.rows) {
    const std::string shown =
        printable(lines_of(row, static_cast<std::size_t>(display.columns), display.terminal));
    const std::string_view escape = display.colour ? escape_of(row.tone) : "";
    lines += escape.empty() ? shown : fmt::format("{}{}\x1b[0m", escape, shown);
    lines += '\n';
  }
  return lines;
}

}  // namespace wideep
