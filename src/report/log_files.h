#pragma once

#include <string>
#include <vector>

#include "fit/estimate.h"
#include "fit/samples.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What was read of each file, what was not and why: lines of a report.
Text files_text(const std::vector<LogFile>& files);

/// The same for JSON.
Json files_json(const std::vector<LogFile>& files);

/// An estimate's value, standard error and interval as <name>, <name>_se and so on: `name` is
/// "latency", `unit` "s"; empty for a share.
void add_estimate(Json& json,
                  const std::string& name,
                  const std::string& unit,
                  const Estimate& estimate);

}  // namespace wideep
