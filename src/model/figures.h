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

/// The kernel of which the collectives of a step outside its MoE layers are, where the
/// configuration's has some; unset: of the first that has.
std::optional<std::size_t> collectives_in_force(const Fabric& fabric, const Config& config);

/// What the parts of a step cost: as the workload states them, else from the model's shape, the
/// context and the fabric's GPU as far as these are known, of a rank in the layout of
/// the configuration and with its kernel's collectives, whatever else it chooses. What the
/// workload states of attention is of a rank that has it whole. docs/model.md#hardware, #step,
/// #memory, #layouts
Figures figures_of(const Workload& workload, const Fabric& fabric, const Config& config = {});

}  // namespace wideep
