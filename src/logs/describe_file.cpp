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
  const LineReader reader(path);
  const std::string_view head = reader.head();
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return true;
  for (const std::string_view mark : {"balancedness", "imbalance-ratio"}) {
    if (head.find(mark) != std::string_view::npos) return true;
  }
  constexpr std::string_view kCounts = "0123456789[{#\",l";  // `layer` begins a table of counts
  return kCounts.find(head[first]) == std::string_view::npos;
}

}  // namespace wideep
