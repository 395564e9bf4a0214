#pragma once

#include <string>

namespace wideep {

/// A text that input is read from, and what messages call it.
struct Source {
  std::string name;  ///< the path as given, "<stdin>", "--set" or "preset gb200-nvl72"
  std::string text;
};

/// Reads a whole file, or standard input for "-". Throws InputError when it cannot be read, is a
/// directory, or is larger than any input file needs to be.
Source read_source(const std::string& path);

}  // namespace wideep
