#include "input/source.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <istream>

#include <fmt/format.h>

#include "input/diagnostic.h"

namespace wideep {
namespace {

/// No input file of ours comes near this.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
/// A model's config.json may name every module that is not quantized, some 40 bytes each.
constexpr std::size_t kMaxJsonBytes = std::size_t{4} << 20;
constexpr std::size_t kBlock = std::size_t{1} << 16;

std::string read_all(std::istream& stream, const std::string& name) {
  const std::size_t most = name.ends_with(".json") ? kMaxJsonBytes : kMaxBytes;
  std::string text;
  std::string block(kBlock, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most) {
      throw InputError(fmt::format("{}: error: the file is larger than {} bytes\n", name, most));
    }
  }
  return text;
}

}  // namespace

bool names_file(const std::string& value) {
  return value.find('/') != std::string::npos || value.ends_with(".yaml") ||
         value.ends_with(".yml") || value.ends_with(".json");
}

std::string path_beside(const Source& naming_file, const std::string& path) {
  // An absolute path replaces the folder.
  return (std::filesystem::path(naming_file.name).parent_path() / path).string();
}

Source read_source(const std::string& path) {
  if (path == "-") return {"<stdin>", read_all(std::cin, "<stdin>")};
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw InputError(fmt::format("{}: error: this is a directory, not a file\n", path));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw InputError(
        fmt::format("{}: error: cannot read the file: {}\n", path, std::strerror(errno)));
  }
  return {path, read_all(file, path)};
}

}  // namespace wideep
