#pragma once

#include <exception>
#include <string>
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

/// One thing wrong with the input: where, what, and how to mend it.
struct Diagnostic {
  Place where;
  std::string message;
  std::string help;  ///< empty when there is nothing useful to say
};

/// "file:line:column: error: message", the source line with a caret (a window of it where it is
/// long), and the help.
std::string render(const Diagnostic& diagnostic);

/// The input cannot be used. Carries every finding, rendered, so that one run shows them all.
class InputError : public std::exception {
 public:
  explicit InputError(std::string report) : report_(std::move(report)) {}
  [[nodiscard]] const char* what() const noexcept override { return report_.c_str(); }

 private:
  std::string report_;
};

/// Everything found wrong so far.
class Findings {
 public:
  void report(Place where, std::string message, std::string help = {});

  /// A finding that is already a text of its own, such as that of a file which cannot be read.
  void report(const InputError& error) { unplaced_ += error.what(); }

  [[nodiscard]] bool any() const { return !found_.empty() || !unplaced_.empty(); }

  /// Throws InputError with all of them, each file's in the order of its lines.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> found_;
  std::string unplaced_;
};

}  // namespace wideep
