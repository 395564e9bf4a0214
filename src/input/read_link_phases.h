#pragma once

#include "input/section.h"
#include "model/fabric.h"

namespace wideep {

struct LinkPhases {
  LinkPhase dispatch;
  LinkPhase combine;
};

/// Both directions of a kernel that is not fused. docs/input.md#kernels
LinkPhases read_link_phases(Section& kernel);

}  // namespace wideep
