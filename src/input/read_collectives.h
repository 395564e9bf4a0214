#pragma once

#include "input/section.h"
#include "model/collective.h"

namespace wideep {

/// The times of a kernel of collectives: `all_reduce`, `all_gather` and `reduce_scatter`, one at
/// least, and the range of `fitted`. Does not finish the section.
Collectives read_collectives(Section& kernel);

}  // namespace wideep
