#pragma once

#include <array>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include "model/words.h"

namespace wideep {

/// Accepts a whole number of that range, both ends included.
CLI::Validator whole_number(int low, int high);

/// Accepts one of these words.
CLI::Validator one_of(std::vector<std::string> words);

/// The words of a table, and "none|chunk|dbo".
template <class T, std::size_t N>
std::vector<std::string> words_of(const std::array<Word<T>, N>& words) {
  std::vector<std::string> list;
  list.reserve(words.size());
  for (const auto& [word, meaning] : words) list.emplace_back(word);
  return list;
}
template <class T, std::size_t N>
std::string alternatives(const std::array<Word<T>, N>& words) {
  return fmt::format("{}", fmt::join(words_of(words), "|"));
}

/// What the option complains of in a value; empty where it takes it.
std::string complaint(CLI::Option& option, std::string value);

/// Accepts any name of a file, which an empty text is none of.
CLI::Validator file_name();

}  // namespace wideep
