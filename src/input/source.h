#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace wideep {

class Findings;

/// A text that input is read from, and what messages call it.
struct Source {
  std::string name;  ///< the path as given, "<stdin>", "--set" or "preset gb200-nvl72"
  std::string text;
  bool shown = true;   ///< whether messages may show lines of it
  std::string root{};  ///< the files that it names lie below this folder; empty: anywhere
};

/// Whether a value that may name a preset or a file names a file: by a slash or a file's ending.
bool names_file(const std::string& value);

/// Whether a file or a folder has that path.
bool is_there(const std::string& path);

/// Reads a whole file, or standard input for "-". Nothing, which is reported, when it cannot be
/// read to its end, is a directory, or is larger than any input file needs to be (1 MiB, or 4 MiB
/// of JSON). With a `root`, also when it is a file that does not lie below that folder, links
/// resolved.
std::optional<Source> read_source(const std::string& path,
                                  Findings& findings,
                                  const std::string& root = {});

/// The same, or throws InputError.
Source need_source(const std::string& path);

/// The folder that a file lies in; "." for "-".
std::string folder_of(const std::string& path);

/// Reads the file that another one names, by a path seen from that one's folder. It must be a
/// regular file, and lie below the root of the one that names it; else it is reported. `shown` says
/// whether it lies in or below the folder of the one that names it; the reader clears it where the
/// file turns out to be none of ours, so that no message shows lines of what is not meant to be
/// input.
std::optional<Source> read_named_source(const Source& naming_file,
                                        const std::string& path,
                                        Findings& findings);

/// Whether something of that name lies in the folder of another file.
bool lies_beside(const Source& file, const std::string& name);

/// The first bytes of a file in the folder of another one, `bytes` at most; nothing where there is
/// no regular file, or where it lies outside the other one's root.
std::optional<std::string> head_beside(const Source& file,
                                       const std::string& name,
                                       std::size_t bytes);

}  // namespace wideep
