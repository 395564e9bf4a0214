#include "cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace wideep {
namespace {

constexpr int kNarrowest = 60;
constexpr int kWidest = 120;

/// Source: no-color.org, whatever its value unless it is empty.
bool wants_colour() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  return !refused && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

Display display_of(std::FILE* stream) {
  const int file = fileno(stream);
  if (isatty(file) == 0) return {};
  Display display{.colour = wants_colour(), .terminal = true};
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    display.columns = std::clamp<int>(size.ws_col, kNarrowest, kWidest);
  }
  return display;
}

}  // namespace wideep
