#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input/source.h"

namespace wideep {

/// A place in an input text; line and column count from 1.
struct Place {
  const Source* source = nullptr;
  int line = 1;
  int column = 1;

  friend bool operator==(const Place&, const Place&) = default;
};

/// The column of a place in characters, where the bytes of one in UTF-8 count as one.
int character_of(const Place& place);

/// A line of a text, counted from 1; empty beyond the last.
std::string_view line_of(std::string_view text, int line);

/// One thing wrong with the input: where, what, and how to mend it.
struct Diagnostic {
  Place where;
  std::string message;
  std::string help{};  ///< empty when there is nothing useful to say
  std::string rule = "bad_input";
};

/// A fault as programs are told of it.
struct InputFault {
  std::string rule{};  ///< bad_input, not_yaml, unreadable_file or outside_root (docs/json.md)
  std::string file{};
  std::optional<int> line{};
  std::string message{};
  std::string fix{};            ///< empty when there is nothing useful to say
  std::optional<int> column{};  ///< in characters
};

/// "file:line:column: error: message", the source line with a caret (a window of it where it is
/// long, and nothing where the source is not to be shown), and the help.
std::string render(const Diagnostic& diagnostic);

/// The input cannot be used. Carries every finding, rendered, so that one run shows them all.
class InputError : public std::exception {
 public:
  explicit InputError(std::string report) : report_(std::move(report)) {}
  /// A fault of a whole file.
  explicit InputError(const InputFault& fault);
  InputError(std::string report, std::vector<InputFault> faults)
      : report_(std::move(report)), faults_(std::move(faults)) {}
  [[nodiscard]] const char* what() const noexcept override { return report_.c_str(); }

  /// The faults one by one, where they are of files.
  [[nodiscard]] const std::vector<InputFault>& faults() const { return faults_; }

 private:
  std::string report_;
  std::vector<InputFault> faults_;
};

/// Throws it, for all that a page runs too: what has no exceptions defines its own.
[[noreturn]] void refuse(const InputError& error);

/// Everything found wrong so far.
class Findings {
 public:
  void report(Place where, std::string message, std::string help = {});
  void report(Diagnostic diagnostic);

  /// A finding that is already a text of its own, such as that of a file which cannot be read.
  void report(const InputError& error);
  void report(const InputFault& fault) { report(InputError(fault)); }

  /// What others have without a place.
  void report_unplaced(const Findings& others);

  [[nodiscard]] bool any() const { return !found_.empty() || !unplaced_.empty(); }

  /// Those with a place, in the order in which they were reported.
  [[nodiscard]] const std::vector<Diagnostic>& placed() const { return found_; }

  /// All of them, each file's in the order of its lines.
  [[nodiscard]] InputError error() const;

  /// Throws that.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> found_;
  std::string unplaced_;
  std::vector<InputFault> unplaced_faults_;
};

}  // namespace wideep
