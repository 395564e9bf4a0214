#pragma once

#include "input/node.h"
#include "model/fabric.h"

namespace wideep {

/// Reads a fabric (docs/input.md#fabric). Reports every fault and leaves defaults in their place.
Fabric read_fabric(const Node& root, Findings& findings);

}  // namespace wideep
