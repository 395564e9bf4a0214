#pragma once

#include <string_view>
#include <vector>

#include "input/node.h"

namespace wideep {

/// Reports the taking away of a key that is not among those known. One that is known and not there
/// is no fault.
bool can_remove_key(const Place& place,
                    std::string_view key,
                    const std::vector<std::string_view>& known,
                    Findings& findings);

/// Reports a `--set key=null` below a fabric that would take nothing away: a key that a GPU or a
/// kernel never has, or one that the kernel gives by direction. Taking a known key away that is not
/// there is no fault. `path` is that in the fabric, `kernels` its kernels as they are.
bool can_remove(const Place& place, std::string_view path, const Node& kernels, Findings& findings);

/// Whether a path below a tree leads somewhere: a removal below what is not there does nothing.
/// Below a preset it may, whatever stands in the tree.
bool leads_somewhere(const Node& tree, std::string_view path);

/// Reports taking away a key of the model that the workload does not give itself: its model's
/// stays.
bool is_own(const Place& place, std::string_view key, const Node& workload, Findings& findings);

}  // namespace wideep
