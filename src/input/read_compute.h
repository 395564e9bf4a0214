#pragma once

#include "input/read_model.h"
#include "model/hardware.h"
#include "model/workload.h"

namespace wideep {

/// A model's shape with defaults in place of what it does not say.
LayerShape layer_shape(const ModelShape& shape);

/// Reads what a workload says of experts and attention, and takes what it does not from the model's
/// shape and the GPU of `fabric`; where that is null, it is not known yet. docs/model.md#hardware
void read_compute(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload);

}  // namespace wideep
