#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace wideep {

/// Accepts a whole number of that range, both ends included.
CLI::Validator whole_number(int low, int high);

/// Accepts one of these words.
CLI::Validator one_of(std::vector<std::string> words);

/// Accepts any name of a file, which an empty text is none of.
CLI::Validator file_name();

}  // namespace wideep
