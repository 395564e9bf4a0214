#pragma once

#include <string>
#include <vector>

#include "emit/engine_launch.h"
#include "emit/launch.h"
#include "emit/role_shape.h"

namespace wideep {

/// The roles of a deployment in an engine's settings, with the names of `target.version`. What an
/// engine does not run is added to `doubts.refused`. The set's title, machine and predictions are
/// the caller's.
LaunchSet launch_set(const std::vector<RoleShape>& shapes,
                     const LaunchTarget& target,
                     LaunchDoubts& doubts);

}  // namespace wideep
