#pragma once

#include "input/section.h"
#include "model/workload.h"

namespace wideep {

/// Reads what a workload states of a step outside its MoE layers, and its service level.
/// docs/model.md#step
void read_step(Section& section, Workload& workload);

}  // namespace wideep
