#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/optimize_report.h"
#include "report/text.h"

namespace wideep {

// What both lengths of the report of optimize are made of.

/// "2.9% slower", or "as fast".
std::string slower_by(const OptimizeReport& report,
                      const Prediction& slower,
                      const Prediction& best);

/// "487 us a layer", or at a batch that is chosen "1,227 tokens/s per GPU".
std::string worth(const OptimizeReport& report, const Prediction& prediction);

/// " NLopt finds the same.", or by how much it misses, or why it says nothing.
std::string nlopt_verdict(const Certificate& certificate);

/// "4, 8, 16" or, where there are many, "2 to 1024 (1,023 widths)".
std::string list_of(const std::vector<int>& widths);

/// The optimum, where no engine runs it, and how far what engines run is from it; else empty.
Text beyond_engines(const OptimizeReport& report);

/// The best of another EP width, kernel or mode, or why there is none.
Text runner_up(const OptimizeReport& report);

/// What follows the answer on a screen.
Text screen_body(const Problem& problem, const OptimizeReport& report);

}  // namespace wideep
