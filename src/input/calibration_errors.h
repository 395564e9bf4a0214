#pragma once

#include <string>
#include <vector>

#include "input/node.h"

namespace wideep {

/// By how much a key of a calibrated fabric may be off, as `fit` wrote it.
struct CalibrationError {
  std::string key;     ///< as `--set` has it
  double error = 0.0;  ///< standard error over the value, above 0
};

/// The standard errors in the key `calibration` of a fabric, of every key that a ScaledKey may
/// have: of the latencies, bandwidths and ramps of a kernel, which are several figures each, the
/// largest. What is not understood there is passed over, as the fabric itself does.
/// docs/planning.md#sure
std::vector<CalibrationError> calibration_errors(const Node& fabric);

}  // namespace wideep
