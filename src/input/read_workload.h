#pragma once

#include "input/node.h"
#include "model/workload.h"

namespace wideep {

/// Reads a workload (docs/input.md#workload) but for its `fabric` and `search`. Reports every fault
/// and leaves defaults in their place.
Workload read_workload(const Node& root, Findings& findings);

}  // namespace wideep
