#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/thresholds.h"
#include "report/config_report.h"
#include "report/limit_text.h"

namespace wideep {

/// Keys keep the order in which they are written. Names and units: docs/json.md.
using Json = nlohmann::ordered_json;

/// STAGES: where the time of a layer goes; their sum without `hidden_s` less that is the layer.
Json stages_json(const Prediction& prediction);

/// RESULT: one configuration and what it costs.
Json result_json(const Problem& problem, const ConfigReport& report);

/// Broken limits: rule, message and fix of each.
Json limits_json(const std::vector<LimitText>& limits);

/// THRESHOLDS: each value, or null and "<name>_reason".
Json thresholds_json(const Problem& problem, const Thresholds& thresholds);

/// The text of a document, indented, with a newline at the end.
std::string to_text(const Json& document);

}  // namespace wideep
