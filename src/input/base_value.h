#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/problem_trees.h"

namespace wideep {

/// What stands below a key, presets laid under it, as arguments of `--set` that leave it as it is:
/// one, or one for each direction where a kernel gives the key so. Empty where the input says
/// nothing of it. `factor`: by which the numbers there are multiplied.
std::vector<std::string> base_values(std::string_view key,
                                     const ProblemTrees& trees,
                                     double factor = 1.0);

/// A fabric with its preset, and those of its GPU and kernels, laid under it. Faults, which
/// read_fabric() reports, are passed over.
Node flattened_fabric(const Node& fabric);

}  // namespace wideep
