#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace wideep {

/// Files in a folder of their own, gone with the object. One at a time.
class Folder {
 public:
  Folder() { std::filesystem::create_directories(path_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::string path = (path_ / name).string();
    std::ofstream(path) << text;
    return path;
  }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("wideep-opt-test-" + std::to_string(::getpid()));
};

}  // namespace wideep
