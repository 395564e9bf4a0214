#pragma once

#include <span>
#include <string>
#include <vector>

#include "plan/sweep_point.h"
#include "report/text.h"

namespace wideep {

/// What a table says of a point, for people: the axes' values, then "EP 64, LL, dbo", "63.45 ms"
/// and the like; where nothing is feasible, the rules that stand in the way.
using TableRow = std::vector<std::string>;

TableRow table_row(const SweepPoint& point);

/// The rows under their headings, as many columns as fit the display.
Text table_text(std::span<const std::string> axes,
                std::span<const TableRow> rows,
                const Display& display);

}  // namespace wideep
