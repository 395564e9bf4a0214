#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

#include "expect.h"

namespace wideep {

/// A text in a file of this process, for what reads files alone; taken away at the end.
class TextFile {
 public:
  TextFile(std::string_view text, std::string_view ending)
      : path_((std::filesystem::temp_directory_path() /
               ("wideep_fuzz_" + std::to_string(getpid()) + std::string(ending)))
                  .string()) {
    std::FILE* const file = std::fopen(path_.c_str(), "wb");
    expect(file != nullptr, "a file can be written");
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), file));
    static_cast<void>(std::fclose(file));
  }
  ~TextFile() { static_cast<void>(std::remove(path_.c_str())); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  TextFile(TextFile&&) = delete;
  TextFile& operator=(TextFile&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace wideep
