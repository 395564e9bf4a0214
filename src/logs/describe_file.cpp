#include "logs/describe_file.h"

#include <cctype>

#include "logs/line_reader.h"

namespace wideep {

LogFile describe_file(const std::string& path, const std::string& format) {
  LineReader reader(path);
  LogFile file;
  file.name = path;
  file.formats = {format};
  std::string_view line;
  bool too_long = false;
  while (reader.next(line, too_long)) ++file.lines;
  file.used = file.lines;
  file.bytes = reader.bytes();
  file.sha256 = reader.sha256();
  return file;
}

bool holds_log_lines(const std::string& path) {
  LineReader reader(path);
  for (const std::string_view mark : {"balancedness", "imbalance-ratio"}) {
    if (reader.head().find(mark) != std::string_view::npos) return true;
  }
  std::string_view line;
  bool too_long = false;
  while (reader.next(line, too_long)) {
    const std::size_t first = line.find_first_not_of(" \t\r\xEF\xBB\xBF");
    if (first == std::string_view::npos || line[first] == '#') continue;
    const std::string_view content = line.substr(first);
    if (content.starts_with("layer")) return false;
    constexpr std::string_view kCounts = "0123456789[{,\"-. ";
    // "[rank 0]" begins a line of a log, "[[1, 2], ..." counts.
    const bool counts = kCounts.find(content.front()) != std::string_view::npos;
    return !counts || (content.size() > 1 && content.front() == '[' &&
                       std::isalpha(static_cast<unsigned char>(content[1])) != 0);
  }
  return true;
}

}  // namespace wideep
