#pragma once

#include <string>

#include "model/model_summary.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// "Model  8 of 256 experts, ...". Empty where the workload says
/// no more of its model than the experts of one layer.
Text model_section(const ModelSummary& summary);

/// MODEL of docs/json.md: each value, or null and "<name>_reason".
Json model_json(const ModelSummary& summary);

}  // namespace wideep
