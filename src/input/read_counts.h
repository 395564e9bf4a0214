#pragma once

#include <optional>

#include "input/diagnostic.h"
#include "model/straggler.h"

namespace wideep {

/// Reads a table of routed-token counts (or shares): a row for each layer, a column for each
/// expert. The first character that is not blank tells which of two forms it has:
///
///   JSON   [[...], [...]], or an object whose key `counts` holds that; its other keys are ignored
///   CSV    commas; blank lines, lines that begin with #, quotes around a cell and DOS line ends
///          are allowed. A first line without numbers, or one that numbers eight columns or more
///          from 0, names the columns. A first column named `layer`, or not at all where others
///          are, is a label.
///
/// A count is finite and not negative; every layer has as many, and one above 0. At most 10,000
/// layers and 65,536 experts. Reports what breaks that, the first 20 faults of a file, and then
/// returns nothing, without what stands in a cell where the source is not to be shown. `source`
/// must outlive the findings.
std::optional<ExpertCounts> read_counts(const Source& source, Findings& findings);

/// Whether a text is such a table, if a faulty one: JSON that begins like one, or a CSV of which a
/// line holds two numbers or more and, but for a label, nothing else.
bool looks_like_counts(const Source& source);

}  // namespace wideep
