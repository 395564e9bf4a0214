#pragma once

#include <optional>
#include <vector>

#include "deploy/setting.h"
#include "input/node.h"

namespace wideep {

/// The YAML that some lines of a source are, with its places in that source; nothing, and a fault,
/// where they are none.
std::optional<Node> yaml_in(const Source& source, TextExtent lines, Findings& faults);

/// The documents of a source of several, "---" between them; of those without anything in them,
/// none.
std::vector<TextExtent> yaml_documents(const Source& source);

}  // namespace wideep
