#pragma once

#include "input/node.h"
#include "model/fabric.h"

namespace wideep {

/// Reads the value of a fabric's key `gpu`: a preset's name or the keys of docs/input.md#gpu.
/// Reports every fault and leaves defaults in their place.
Gpu read_gpu(const Node& value, Findings& findings);

}  // namespace wideep
