#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// A field of a CSV: in quotes where it holds a comma, a quote or a line break, each quote twice.
/// Source: RFC 4180.
std::string csv_field(std::string_view text);

/// A field of many texts, " | " between them: warnings hold commas and semicolons.
std::string csv_list(const std::vector<std::string>& texts);

}  // namespace wideep
