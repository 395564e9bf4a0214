#pragma once

#include "report/compare_report.h"
#include "report/text.h"

namespace wideep {

/// A row a term, a column for each of the compared: the first, and each other with its difference
/// to the first in percent and a mark at the term that makes most of it. Blocks, each with the
/// first, where they are more than fit.
Text compare_table(const CompareReport& report, const Display& display);

}  // namespace wideep
