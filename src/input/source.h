#pragma once

#include <string>

namespace wideep {

/// A text that input is read from, and what messages call it.
struct Source {
  std::string name;  ///< the path as given, "<stdin>", "--set" or "preset gb200-nvl72"
  std::string text;
};

/// Whether a value that may name a preset or a file names a file: by a slash or a file's ending.
bool names_file(const std::string& value);

/// A path given in a file, seen from that file's folder.
std::string path_beside(const Source& naming_file, const std::string& path);

/// Reads a whole file, or standard input for "-". Throws InputError when it cannot be read, is a
/// directory, or is larger than any input file needs to be.
Source read_source(const std::string& path);

}  // namespace wideep
