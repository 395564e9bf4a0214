#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "model/prediction.h"
#include "model/thresholds.h"
#include "search/optimize.h"

namespace wideep {

/// Keys keep the order in which they are written. Names and units: docs/json.md.
using Json = nlohmann::ordered_json;

/// RESULT: one configuration and what it costs.
Json result_json(const Problem& problem, const Prediction& prediction);

/// THRESHOLDS: each value, or null and "<name>_reason".
Json thresholds_json(const Problem& problem, const Thresholds& thresholds);

/// What `optimize --json` prints; `thresholds` are the optimum's, and not read where there is none.
Json optimize_json(const Problem& problem,
                   const SearchResult& result,
                   const Thresholds& thresholds);

/// The text of a document, indented, with a newline at the end.
std::string to_text(const Json& document);

}  // namespace wideep
