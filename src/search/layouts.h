#pragma once

#include <vector>

#include "model/problem.h"

namespace wideep {

/// The layouts of the search space on so many GPUs, each with every kernel that may run it and
/// every number of redundant experts: of each configuration what is chosen before SMs and mode. In
/// the order of layouts of experts, of attention, kernels and numbers.
std::vector<Config> layouts_on(const Problem& problem, int gpus);

}  // namespace wideep
