#pragma once

#include "input/known_files.h"
#include "input/section.h"
#include "model/workload.h"

namespace wideep {

/// Reads `straggler_factor`, after the experts, which a skew needs: a number, a table by EP width,
/// `uniform`, or a map with one of `zipf`, `dirichlet` and `counts`. docs/input.md#straggler
/// `known`: see read_workload().
Straggler read_straggler(Section& section, const Workload& workload, KnownFiles* known);

}  // namespace wideep
