#pragma once

#include <optional>
#include <string>

#include "model/what_fits.h"
#include "report/limit_text.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// The batch that the search chose, and why it is no larger.
struct BatchReport {
  Batch batch;
  double tokens_per_rank = 0.0;  ///< T: of each GPU
  LimitText bound;               ///< what one request or token more breaks
};

/// Of an answer; nothing where the workload states the batch.
std::optional<BatchReport> batch_report(const Problem& problem, const Config& answer);

/// "one request more: a step takes 40.1 ms, and slo.tpot allows 40 ms"
Text batch_line(const Problem& problem, const BatchReport& report);

Json batch_json(const BatchReport& report);

}  // namespace wideep
