#pragma once

#include <string>
#include <vector>

#include "fit/given_latency.h"
#include "input/write_fabric.h"

namespace wideep {

/// What --latency says, as [KERNEL=]TIME[+-TIME]. Throws InputError on anything else.
std::vector<LatencySource> latencies_of(const std::vector<std::string>& given);

/// The latencies of the base's kernels, with the intervals that a calibration states, else a factor
/// of two either way. `name`: what the base is called.
std::vector<LatencySource> latencies_of(const BaseFabric& base, const std::string& name);

}  // namespace wideep
