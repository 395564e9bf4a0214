#pragma once

#include <optional>

#include "input/read_model.h"
#include "model/fabric.h"
#include "model/footprint.h"
#include "model/hardware.h"
#include "model/workload.h"

namespace wideep {

/// What the formulas of model/hardware.h see of a model, with what it does not say at its default.
LayerShape layer_shape(const ModelShape& shape);

/// The same of model/footprint.h, drafting layers included. docs/model.md#memory
StackShape stack_shape(const ModelShape& shape);

/// The GPU where its data sheet is known.
std::optional<Gpu> gpu_for(const Fabric* fabric);

/// What attends to the workload's context; nothing where it gives none.
std::optional<Attending> attending_of(const Workload& workload);

/// What the dense work of a model is computed from.
struct DenseSource {
  LayerShape layer;
  Gpu gpu;
  Attending attending;
};

/// Nothing where the context, the model's attention or the GPU's data sheet is not known. What the
/// workload states beside them plays no part: a stated figure replaces itself alone.
std::optional<DenseSource> dense_source(const ModelShape& shape,
                                        const Fabric* fabric,
                                        const Workload& workload);

}  // namespace wideep
