#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/thresholds.h"
#include "report/config_report.h"
#include "report/result_json.h"
#include "report/sensitivity_report.h"
#include "report/text.h"
#include "search/optimize.h"

namespace wideep {

/// What `explain` says of one given configuration: text and JSON are printed from it.
struct ExplainReport {
  ConfigReport here;
  Thresholds thresholds;
  std::vector<LimitText> limits;        ///< that it breaks; empty: feasible
  double over_bound = 0.0;              ///< slower than the bound, as a share
  std::optional<ConfigReport> optimum;  ///< of the whole search space, where there is one
  double over_optimum = 0.0;            ///< below 0: outside the search space, and faster
  SensitivityReport sensitivity = {};   ///< how sure it is that it is the best
};

/// `limits`: those that the configuration breaks.
ExplainReport report_on(const Problem& problem,
                        const Config& config,
                        std::span<const BrokenLimit> limits);

Text explain_text(const Problem& problem, const ExplainReport& report, Detail detail);

/// RESULT with "thresholds", "feasible", "limits" and the distance to bound and optimum.
Json explain_json(const Problem& problem, const ExplainReport& report);

/// What is said instead where the kernel has no figures for that width; `limits` says why.
Text unpriced_text(const std::vector<LimitText>& limits);
Json unpriced_json(const std::vector<LimitText>& limits);

}  // namespace wideep
