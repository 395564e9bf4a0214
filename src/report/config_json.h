#pragma once

#include <string>

#include "model/prediction.h"
#include "report/result_json.h"

namespace wideep {

/// Why there is no split.
inline constexpr const char* kOnlyDbo = "only dbo splits the batch";

/// A count, as a whole number where it is one.
Json count(double value);

/// Null, with the reason beside it.
void put_null(Json& object, const std::string& name, const std::string& reason);

/// What was chosen, or asked for.
Json config_json(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
