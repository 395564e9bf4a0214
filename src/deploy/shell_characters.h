#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace wideep {

inline bool is_shell_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

inline bool is_shell_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What separates words on a line. The end of a line may be written with \r.
inline bool is_shell_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace wideep
