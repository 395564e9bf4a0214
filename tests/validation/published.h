#pragma once

#include <map>
#include <string>
#include <vector>

namespace wideep::validation {

/// A row of a published table, by the names of its columns.
using Row = std::map<std::string, std::string>;

/// Whether the published measurements lie beside the project.
bool published_there();

/// The rows of a table below ../shared/data; throws std::runtime_error where it cannot be read.
std::vector<Row> published(const std::string& name);

double number(const Row& row, const std::string& column);
int whole(const Row& row, const std::string& column);

}  // namespace wideep::validation
