#pragma once

#include <string>
#include <vector>

#include "input/read_again.h"
#include "input/scaled_problem.h"

namespace wideep {

/// What `--uncertain KEY=10%` says of a key.
struct StatedUncertainty {
  ScaledKey key;
  double deviation = 0.0;  ///< relative standard deviation, above 0 up to 1
};

/// Reads KEY=SHARE each. Throws InputError naming every fault: no share, a key that stands twice or
/// below another one, that has no number in the input, or takes no value but its own.
std::vector<StatedUncertainty> read_uncertainties(const std::vector<std::string>& arguments,
                                                  const ReadAgain& read);

}  // namespace wideep
