// What tools put before lines and into them.
#include <algorithm>

#include "logs/characters.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// Of `[1,0]<stdout>:`; 0 where the text does not begin with one.
std::size_t mpirun_tag(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const std::size_t close = std::min(text.find_first_not_of("0123456789,", 1), text.size());
  if (!text.substr(close).starts_with("]<")) return 0;
  const std::size_t end = text.find(">:", close);
  return end == kNowhere ? 0 : end + 2;
}

std::size_t pod_prefix(std::string_view text) {
  if (!text.starts_with("[pod/")) return 0;
  const std::size_t end = text.find("] ");
  return end == kNowhere ? 0 : end + 2;
}

/// Of "2025-11-24T13:20:00.123Z " or "2025-11-24 13:20:00 ".
std::size_t time_stamp(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  constexpr std::size_t kMiddle = 10;
  if (text.size() <= kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd' ? is_digit(text[i])
                      : i == kMiddle   ? text[i] == 'T' || text[i] == ' '
                                       : text[i] == kShape[i];
    if (!fits) return 0;
  }
  const std::size_t end = text.find(' ', kShape.size());
  return end == kNowhere ? 0 : end + 1;
}

/// Of "12: ", as srun --label puts it.
std::size_t task_label(std::string_view text) {
  const std::size_t digits = digits_at(text, 0);
  return digits > 0 && text.substr(digits).starts_with(": ") ? digits + 2 : 0;
}

/// Of what markdown puts before a line.
std::size_t markup(std::string_view text) {
  for (const std::string_view mark : {"> ", "```", "**"}) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

std::size_t prefix_of(std::string_view text) {
  if (text.empty()) return 0;
  switch (text.front()) {
    case '[':
      return std::max(mpirun_tag(text), pod_prefix(text));
    case '>':
    case '*':
    case '`':
      return markup(text);
    default:
      return is_digit(text.front()) ? std::max(time_stamp(text), task_label(text)) : 0;
  }
}

}  // namespace

std::string_view without_prefixes(std::string_view line) {
  line.remove_prefix(blanks_at(line));
  while (const std::size_t length = prefix_of(line)) {
    line.remove_prefix(length);
    line.remove_prefix(blanks_at(line));
  }
  return line;
}

void strip_escapes(std::string_view line, std::string& plain) {
  constexpr char kEscape = '\x1b';
  plain.clear();
  while (!line.empty()) {
    const std::size_t escape = std::min(line.find(kEscape), line.size());
    plain.append(line.substr(0, escape));
    line.remove_prefix(escape);
    if (line.empty()) return;
    line.remove_prefix(1);
    if (!line.starts_with('[')) continue;
    // Parameters and then one letter, e.g. "[1;32m".
    const std::size_t letter = std::min(line.find_first_not_of("0123456789;:?", 1), line.size());
    line.remove_prefix(std::min(letter + 1, line.size()));
  }
}

}  // namespace wideep
