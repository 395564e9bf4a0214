#include "report/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wideep {

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string csv_list(const std::vector<std::string>& texts) {
  return csv_field(fmt::format("{}", fmt::join(texts, " | ")));
}

}  // namespace wideep
