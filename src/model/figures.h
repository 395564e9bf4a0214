#pragma once

#include <optional>

#include "model/fabric.h"
#include "model/workload.h"

namespace wideep {

/// What attends to the workload's context; nothing where it gives none.
std::optional<Attending> attending_of(const Workload& workload);

/// The GPU where its data sheet is known.
std::optional<Gpu> gpu_of(const Fabric& fabric);

/// Whether the time of experts can be computed from the model's shape and the fabric's GPU.
bool knows_experts(const ModelShape& shape, const Fabric& fabric);

/// What the parts of a step cost: as the workload states them, else from the model's shape, the
/// context and the fabric's GPU as far as these are known. docs/model.md#hardware, #step, #memory
Figures figures_of(const Workload& workload, const Fabric& fabric);

}  // namespace wideep
