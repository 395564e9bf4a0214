#pragma once

#include <optional>
#include <string>

#include "report/result_json.h"
#include "search/optimize.h"

namespace wideep {

/// One given configuration and what stands beside it.
struct Explanation {
  Prediction prediction;
  Thresholds thresholds;
  std::vector<BrokenLimit> limits;    ///< that it breaks; empty: feasible
  std::optional<Prediction> optimum;  ///< of the whole search space, where there is one
};

std::string explain_text(const Problem& problem, const Explanation& explanation);

/// RESULT with "thresholds", "feasible", "limits" and the distance to bound and optimum.
Json explain_json(const Problem& problem, const Explanation& explanation);

/// What is said instead where the kernel has no figures for that width; `limits` says why.
std::string unpriced_text(const std::vector<BrokenLimit>& limits);
Json unpriced_json(const std::vector<BrokenLimit>& limits);

}  // namespace wideep
