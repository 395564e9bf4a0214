#pragma once

#include "input/read_model.h"
#include "model/fabric.h"
#include "model/workload.h"

namespace wideep {

/// Reads what a workload says of its phase, context and drafts, and states of experts and
/// attention. `fabric` null: not known yet, nor whether its GPU tells what is not stated.
/// docs/input.md
void read_compute(Section& section,
                  const ReadShape& shape,
                  const Fabric* fabric,
                  Workload& workload);

}  // namespace wideep
