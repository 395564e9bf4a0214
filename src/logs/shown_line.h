#pragma once

#include <string>
#include <string_view>

#include "logs/format.h"

namespace wideep {

/// A line that a message shows.
struct ShownLine {
  int number = 1;
  int column = 1;
  std::string text;
};

/// As much of a line as messages need.
ShownLine shown_line(const LogLine& line);

/// "file:line:column: error: message", the line with a caret, and the help.
std::string rendered(const std::string& name,
                     const ShownLine& line,
                     std::string_view message,
                     std::string_view help);

}  // namespace wideep
