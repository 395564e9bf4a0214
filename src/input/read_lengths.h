#pragma once

#include <optional>
#include <vector>

#include "input/diagnostic.h"
#include "model/planning.h"

namespace wideep {

/// Reads a table of lengths of requests: CSV whose first line names the columns input_tokens,
/// output_tokens and, where they differ, weight (1), in any order; other columns are refused. Blank
/// lines and lines that begin with # are passed over. Lengths are 1 to 16,777,216 tokens, weights
/// above 0 and finite; up to 100,000 rows. Rows of the same lengths count together. Reports what
/// breaks that, the first 20 faults, and then returns nothing. `source` must outlive the findings.
std::optional<std::vector<RequestLength>> read_lengths(const Source& source, Findings& findings);

}  // namespace wideep
