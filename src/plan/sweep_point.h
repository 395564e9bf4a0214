#pragma once

#include <string>
#include <vector>

#include "model/problem.h"
#include "model/thresholds.h"
#include "search/answer.h"

namespace wideep {

/// One point of a sweep: what its axes have, and what `optimize` would answer there.
struct SweepPoint {
  std::vector<std::string> values;   ///< of the axes, as `--axis` gives them: "10ms", "0.5x"
  const Problem* problem = nullptr;  ///< never null; with what engines run of it
  Answer answer;
  Thresholds thresholds;  ///< at what is used, where something is and they are asked for
};

}  // namespace wideep
