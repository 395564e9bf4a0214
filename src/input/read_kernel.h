#pragma once

#include "input/node.h"
#include "model/fabric.h"

namespace wideep {

/// Reads an entry of `kernels`: a preset's name or the keys of docs/input.md#kernel. Reports every
/// fault and leaves defaults in their place.
Kernel read_kernel(const Entry& entry, Findings& findings);

}  // namespace wideep
