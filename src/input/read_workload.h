#pragma once

#include "input/node.h"
#include "model/fabric.h"
#include "model/workload.h"

namespace wideep {

/// Reads a workload (docs/input.md#workload). Reports every fault and leaves defaults in their
/// place. What it does not state of experts and attention comes from the GPU of `fabric`; where
/// that is null, it is not known yet, and nothing is said of what only a GPU could tell.
Workload read_workload(const Node& root, const Fabric* fabric, Findings& findings);

}  // namespace wideep
