#pragma once

#include "input/section.h"
#include "model/workload.h"

namespace wideep {

/// Reads `tokens_per_rank` or `global_tokens` with `expert_load`; with neither, or with a range,
/// the batch is to be chosen.
void read_tokens(Section& section, Traffic& traffic);

}  // namespace wideep
