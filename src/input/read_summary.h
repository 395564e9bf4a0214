#pragma once

#include <string>

#include "input/read_model.h"
#include "model/hardware.h"
#include "model/model_summary.h"

namespace wideep {

/// What was read of a model, its parameters counted and held against what the files beside it or
/// its name say. `name` is that of a preset or file, or empty.
ModelSummary summary_of(const ModelShape& shape,
                        const std::string& name,
                        const std::optional<Attending>& attending);

}  // namespace wideep
