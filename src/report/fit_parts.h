#pragma once

#include <string>
#include <vector>

#include "fit/errors.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

// What reports of fits have in common.

inline constexpr double kPercent = 100.0;

/// "53.1 us".
std::string time_of(double seconds);

/// "1 point", "1,234 points".
std::string points_text(int points);

/// How well held-out points were predicted, as a line of a fit.
Text held_out_text(const HeldOutErrors& held);

/// Warnings, each after the label "Beware".
Text beware_text(const std::vector<std::string>& warnings);

/// `written`: the path of the calibration, or null and why.
void add_written(Json& document, const std::string& path);

Json held_out_json(const HeldOutErrors& held);

/// Which points to show: all, or those furthest off.
struct ShownPoints {
  std::string title;
  std::vector<std::size_t> order;
};

/// `errors`: of every point, fitted / measured - 1.
ShownPoints shown_points(const std::vector<double>& errors, bool everything);

}  // namespace wideep
