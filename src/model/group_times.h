#pragma once

#include <array>
#include <cstddef>

#include "model/config.h"
#include "model/durations.h"

namespace wideep {

/// More paths than all groups of a schedule have together.
inline constexpr std::size_t kMostPaths = 24;

/// How long each path of each group of a schedule of dual-batch overlap takes, one group after the
/// other, in the order of groups_of.
using PathTimes = std::array<Seconds, kMostPaths>;

/// Those of the durations. The schedule must have dual-batch overlap.
void set_path_times(Schedule schedule, const Durations& durations, PathTimes& paths);

/// The mean layer that they make: groups_time() of the same.
Seconds layer_of_paths(Schedule schedule, int layers, const PathTimes& paths);

}  // namespace wideep
