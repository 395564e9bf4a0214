#pragma once

#include <string>
#include <vector>

#include "fit/comm_fit.h"

namespace wideep {

/// What must not be overlooked, as sentences. `notes`: what the calibration could not say.
std::vector<std::string> comm_fit_warnings(const CommFit& fit,
                                           const std::vector<LogFile>& files,
                                           const std::vector<std::string>& notes);

}  // namespace wideep
