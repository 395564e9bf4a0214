#pragma once

#include "input/section.h"
#include "model/fabric.h"
#include "model/problem.h"

namespace wideep {

/// Layouts of attention and experts that the search may choose: keys `attention`, `experts` and
/// `layouts: all`, which opens both. docs/input.md#layouts
void read_layouts(Section& search, const Fabric& fabric, SearchSpace& space);

}  // namespace wideep
