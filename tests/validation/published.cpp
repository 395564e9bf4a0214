#include "published.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace wideep::validation {
namespace {

/// The cells of a line of CSV, quotes taken off.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool doubled = quoted && c == '"' && at + 1 < line.size() && line[at + 1] == '"';
    if (doubled) {
      cells.back() += line[++at];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

}  // namespace

bool published_there() {
  return std::filesystem::is_directory(WIDEEP_PUBLISHED_DIR);
}

std::vector<Row> published(const std::string& name) {
  std::ifstream file(std::string(WIDEEP_PUBLISHED_DIR) + "/" + name);
  if (!file) throw std::runtime_error("cannot read published measurements: " + name);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = cells_of(line);
    Row& row = rows.emplace_back();
    for (std::size_t at = 0; at < std::min(names.size(), values.size()); ++at) {
      row[names[at]] = values[at];
    }
  }
  return rows;
}

double number(const Row& row, const std::string& column) {
  return std::stod(row.at(column));
}

int whole(const Row& row, const std::string& column) {
  return std::stoi(row.at(column));
}

}  // namespace wideep::validation
