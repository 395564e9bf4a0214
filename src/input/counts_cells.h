#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// A text without the blanks around it.
std::string_view without_blanks(std::string_view text);

/// A cell of a table of counts.
struct CountsCell {
  std::string_view text;  ///< without blanks and quotes
  int column = 1;
};

/// The cells of a line, which commas part.
std::vector<CountsCell> counts_cells(std::string_view line);

/// The first line of a table, in what it says about the others.
struct CountsHeader {
  bool present = false;
  bool labels = false;  ///< whether the first column holds names of layers
};
CountsHeader counts_header(const std::vector<CountsCell>& cells);

/// Why a cell may not be a number: another separator.
std::string separator_help(std::string_view cell);

}  // namespace wideep
