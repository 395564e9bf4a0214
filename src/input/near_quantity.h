#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "units/parse_quantity.h"

namespace wideep {

/// A text with the last `from` in it replaced.
inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.rfind(from);
  if (at == std::string_view::npos) return std::string(text);
  return fmt::format("{}{}{}", text.substr(0, at), to, text.substr(at + from.size()));
}

/// What was probably meant by a quantity with a wrong unit: another case, "ps" for "/s", a size for
/// a rate. Empty where nothing near is a quantity.
template <class Q>
std::string near_quantity(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  // 1000 is a small k, and a size in capitals is in bytes.
  for (const std::string& candidate : {replaced(text, "KB", "kB"),
                                       lower,
                                       replaced(text, "\u00b5", "u"),
                                       replaced(text, "\u03bc", "u"),
                                       replaced(text, "/S", "/s"),
                                       replaced(text, "ps", "/s"),
                                       text + "/s"}) {
    if (parse_quantity<Q>(candidate)) return fmt::format("did you mean '{}'?", candidate);
  }
  return "";
}

}  // namespace wideep
