#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// Of text that goes to a file or another program.
inline constexpr int kPipedColumns = 80;

/// How text is laid out for its reader.
struct Display {
  int columns = kPipedColumns;  ///< lines are broken to fit, 60 at least
  bool colour = false;          ///< ANSI colours, for terminals
  bool terminal = false;        ///< a person reads it
};

/// How much a report says.
enum class Detail {
  kScreen,     ///< what fits a screen of 30 lines
  kEverything  ///< all that it knows
};

/// A line of text, or a paragraph beside its label.
struct Row {
  enum class Kind {
    kAsItIs,    ///< a line of a table or chart, never broken
    kSentence,  ///< broken where it is too long
    kFinding,   ///< likewise on a terminal, and one line where programs read it
    kLabelled   ///< a label, and a text broken into lines beside it
  };
  enum class Tone { kPlain, kAnswer, kHeading, kWarning };
  Kind kind = Kind::kAsItIs;
  Tone tone = Tone::kPlain;
  std::string label;
  std::string text;
};

/// What a report says, before it is laid out.
struct Text {
  std::vector<Row> rows;

  Text() = default;
  /// Whole lines, each as it is. Implicit, so that lines and paragraphs add up to a report.
  Text(const std::string& lines);                        // NOLINT(google-explicit-constructor)
  Text(const char* lines) : Text(std::string(lines)) {}  // NOLINT(google-explicit-constructor)

  Text& operator+=(const Text& more) {
    rows.insert(rows.end(), more.rows.begin(), more.rows.end());
    return *this;
  }
  friend Text operator+(Text text, const Text& more) { return std::move(text += more); }
  [[nodiscard]] bool empty() const { return rows.empty(); }
};

/// "Label       text ...": a paragraph beside its label; `text` has no newline.
Text labelled(std::string_view label, std::string_view text);

/// The text with a question mark for every control character but newline and tab: names of files
/// and arguments may hold what terminals obey.
std::string printable(std::string text);

/// One line, broken only where it is too long; `text` has no newline.
Text plain_line(std::string text, Row::Tone tone = Row::Tone::kPlain);

/// What a compiler would say: one line, broken on a terminal alone; `text` has no newline.
Text finding_line(std::string text);

/// A report in at most 30 lines of 80 columns, not counting those of "Beware": as many rows are
/// left out as that takes, by their labels in the order of `dispensable`.
Text on_a_screen(Text text, std::span<const std::string_view> dispensable);

/// Lines of at most `columns`, where words are short enough; a number keeps its unit beside it.
std::string laid_out(const Text& text, const Display& display = {});

}  // namespace wideep
