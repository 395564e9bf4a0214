#pragma once

#include <string>
#include <vector>

#include "input/read_again.h"
#include "input/scaled_problem.h"
#include "input/stated_uncertainty.h"

namespace wideep {

/// A number of the input, and how well it is known. docs/planning.md#sure
struct UncertainInput {
  ScaledKey key;
  double deviation = 0.0;  ///< relative standard deviation of a lognormal; 0: taken as it is
  std::string source{};    ///< where that is from, in words
  /// It stands in no file: a default of the program, which a VariedProblem scales itself.
  bool by_default = false;
};

/// The numbers that an answer may hang on, each with its deviation: traffic and unevenness of the
/// workload, figures of the GPU in its phase (of a plan: in both), and those of every kernel that
/// is searched. A deviation is what `stated` says, else what a calibration says, else of figures
/// beyond the range that they were fitted in what the preset says, else the error of such figures
/// as published measurements have it (docs/validation.md). `stated` may add other keys.
std::vector<UncertainInput> uncertain_inputs(const ReadAgain& read,
                                             const std::vector<StatedUncertainty>& stated);

}  // namespace wideep
