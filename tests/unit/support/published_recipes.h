#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <doctest/doctest.h>

#include "deploy/read_file.h"

namespace wideep {

/// Where the published recipes lie, which are not part of the project (support/skip.h).
inline std::filesystem::path recipes_folder() {
  return std::filesystem::path(WIDEEP_PUBLISHED_DIR) / "recipes";
}

/// All of them.
inline std::vector<std::filesystem::path> published_recipes() {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recipes_folder())) {
    if (entry.path().extension() == ".yaml") all.push_back(entry.path());
  }
  return all;
}

/// One, read without a fault.
inline DeploymentFile recipe_at(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  Findings faults;
  auto file = read_deployment({.name = path.string(), .text = text.str()}, {}, faults);
  CHECK_NOTHROW(faults.throw_if_any());
  REQUIRE_MESSAGE(file.has_value(), path.string() << " is no recipe");
  return std::move(*file);
}

}  // namespace wideep
