#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plan/sweep_point.h"
#include "report/text.h"

namespace wideep {

/// "EP 64, LL, dbo": the choice that wins at a point; empty where nothing is feasible.
std::string regime_of(const SweepPoint& point);

/// Which choice wins where, over the values of two axes, or of one: then there is one row.
struct RegimeMap {
  std::vector<std::string> keys;                 ///< of the axes: of rows, and of columns
  std::vector<std::vector<std::string>> values;  ///< likewise, those that were looked at
  std::vector<std::string> regimes;              ///< in the order in which rows come upon them
  std::vector<std::size_t> cells;                ///< row by row, of `regimes`, or kNothing

  static constexpr std::size_t kNothing = static_cast<std::size_t>(-1);

  /// Puts the next cell, row by row.
  void add(std::string_view regime);

  [[nodiscard]] std::size_t columns() const { return values.back().size(); }
  [[nodiscard]] std::size_t rows() const { return cells.size() / columns(); }
};

/// A letter for each cell, with the values beside and below, and what the letters are; as many rows
/// and columns as there is room for, evenly spaced. Of one axis a line for each stretch.
Text regime_text(const RegimeMap& map, const Display& display);

/// The same as a picture of coloured cells, each with its values and what wins as its title.
std::string regime_svg(const RegimeMap& map);

/// So many of `count` places, evenly spaced, the first and the last among them; all where that is
/// no more.
std::vector<std::size_t> evenly(std::size_t count, std::size_t most);

}  // namespace wideep
