#pragma once

#include "input/known_files.h"
#include "input/node.h"
#include "model/fabric.h"
#include "model/workload.h"

namespace wideep {

/// Reads a workload (docs/input.md#workload). Reports every fault and leaves defaults in their
/// place. What it does not state of experts and attention comes from the GPU of `fabric`; where
/// that is null, it is not known yet, and nothing is said of what only a GPU could tell.
/// `known`: files that it names and were read before are not read again; null: all are.
Workload read_workload(const Node& root,
                       const Fabric* fabric,
                       Findings& findings,
                       KnownFiles* known = nullptr);

}  // namespace wideep
