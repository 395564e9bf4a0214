#pragma once

#include <string>

#include "fit/comm_fit.h"

namespace wideep {

/// Measurements beside what a calibration says of them: a scatter of errors, and rows of the points
/// furthest off, or of `everything`.
std::string comm_fit_points(const CommFit& fit, bool everything);

}  // namespace wideep
