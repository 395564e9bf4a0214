#pragma once

#include <string>

#include "fit/comm_fit.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What a report shows beside the answer.
struct FitReportOptions {
  std::string written;      ///< path of the calibration; empty: none was asked for
  std::string base;         ///< that gives all other figures; empty: none
  bool all_points = false;  ///< not only those furthest off
};

/// What `fit comm` prints.
Text comm_fit_text(const CommFit& fit,
                   const std::vector<LogFile>& files,
                   const std::vector<std::string>& notes,
                   const FitReportOptions& options);

/// What `fit comm --json` prints (docs/json.md#fit).
Json comm_fit_json(const CommFit& fit,
                   const std::vector<LogFile>& files,
                   const std::vector<std::string>& notes,
                   const FitReportOptions& options);

}  // namespace wideep
