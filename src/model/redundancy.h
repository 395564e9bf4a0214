#pragma once

#include <vector>

#include "model/problem.h"

namespace wideep {

// Redundant experts, as stated or chosen by the search. docs/model.md#redundant

/// How many there are in a configuration: its own where the workload leaves them to the search.
int redundant_experts(const Workload& workload, const Config& config);

/// How many the search tries at an EP width: those stated; else the fewest with which the width
/// divides the slots, and up to four more on each rank.
std::vector<int> redundancies(const Workload& workload, int ep_width);

}  // namespace wideep
