#pragma once

#include <cctype>
#include <string_view>

namespace wideep {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

inline char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// How many blanks a text begins with.
inline std::size_t blanks_at(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
  return at;
}

/// How many digits there are from `from` on.
inline std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - from;
}

}  // namespace wideep
