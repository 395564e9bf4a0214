#pragma once

#include <string_view>

#include "input/node.h"

namespace wideep {

/// Reports a `--set key=null` below a fabric that would take nothing away: a key that a GPU or a
/// kernel never has, or one that the kernel gives by direction. Taking a known key away that is not
/// there is no fault. `path` is that in the fabric, `kernels` its kernels as they are.
bool can_remove(const Place& place, std::string_view path, const Node& kernels, Findings& findings);

}  // namespace wideep
