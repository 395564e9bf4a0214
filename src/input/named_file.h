#pragma once

#include <string_view>

#include "input/node.h"

namespace wideep {

/// Parses a file that another one names, which must be a mapping that `is_ours` knows: by a key of
/// its kind. Any other is reported in one line that says nothing of what is in it, and null is
/// returned; `source` is not shown then. `kind`: "model" or "fabric".
Node parse_named(Source& source,
                 std::string_view kind,
                 bool (*is_ours)(const Node&),
                 Findings& findings);

}  // namespace wideep
