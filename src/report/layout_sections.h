#pragma once

#include <optional>

#include "report/result_json.h"
#include "report/text.h"
#include "search/layout_thresholds.h"

namespace wideep {

/// Why there are no thresholds of a kernel; nothing where an all-to-all has some.
Text no_thresholds(const Prediction& prediction);

/// From which batch one layout beats another, a line each; nothing where none were compared.
Text layout_lines(const Problem& problem, const std::optional<LayoutThresholds>& found);

/// LAYOUT_THRESHOLDS, or null where none were compared (docs/json.md).
Json layout_json(const Problem& problem, const std::optional<LayoutThresholds>& found);

}  // namespace wideep
