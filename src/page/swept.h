#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/problem.h"
#include "report/result_json.h"

namespace wideep {

/// The problem with what is set beside the rest; nothing where the input refuses it.
using ProblemWith = std::function<std::optional<Problem>(const std::vector<std::string>& set)>;

/// The rows of `sweep --json` over `axes`, a list of `key` and `values`, without thresholds; null
/// where a point is refused.
Json swept_json(const Json& axes, const ProblemWith& with);

}  // namespace wideep
