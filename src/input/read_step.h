#pragma once

#include "input/read_model.h"
#include "model/workload.h"

namespace wideep {

/// Reads what a workload says of a step outside its MoE layers, and takes what it does not from the
/// model and the GPU of `fabric` (null: not known yet); then what the model takes of memory. Needs
/// what read_compute reads. docs/model.md#step
void read_step(Section& section, const ModelShape& shape, const Fabric* fabric, Workload& workload);

}  // namespace wideep
