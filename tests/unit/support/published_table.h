#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace wideep {

using Row = std::map<std::string, std::string>;

/// The rows of a table of published measurements, which lie beside the project (support/skip.h).
inline std::vector<Row> table(const std::string& name) {
  std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/" + name);
  CAPTURE(name);
  REQUIRE(file.is_open());
  const auto cells = [](const std::string& line) {
    std::vector<std::string> found;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) found.push_back(cell);
    return found;
  };
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = cells(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = cells(line);
    Row& row = rows.emplace_back();
    for (std::size_t at = 0; at < std::min(names.size(), values.size()); ++at) {
      row[names[at]] = values[at];
    }
  }
  return rows;
}

inline double number(const Row& row, const std::string& name) {
  return std::stod(row.at(name));
}

inline int whole(const Row& row, const std::string& name) {
  return std::stoi(row.at(name));
}

}  // namespace wideep
