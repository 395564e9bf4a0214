#pragma once

#include <string>

#include "plan/pareto.h"
#include "report/limit_text.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

// What `pareto` says of a front; text, CSV, JSON and SVG are printed from it.

/// The ends, the first knee, what is to be known of points, and a table (report/pareto_table.h).
Text pareto_text(const Problem& problem, const Front& front, const Display& display);

/// One line for each point, after one of names. docs/planning.md#pareto
std::string pareto_csv(const Problem& problem, const Front& front);

Json pareto_json(const Problem& problem, const Front& front);

/// A drawing of its own, 720 by 480, both axes logarithmic.
std::string pareto_svg(const Problem& problem, const Front& front);

}  // namespace wideep
