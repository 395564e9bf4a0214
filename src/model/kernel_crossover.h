#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/layer_costs.h"
#include "model/problem.h"

namespace wideep {

/// A value that may not exist, and then says why in words.
template <class Q>
struct Threshold {
  std::optional<Q> value;
  std::string reason;  ///< empty where there is a value
};

/// Where the other kernel overtakes, in both its units.
struct KernelCrossover {
  Threshold<double> tokens;  ///< per rank
  Bytes dispatch_bytes;      ///< V at that many tokens; meaningful where `tokens` has a value
  std::size_t below = 0;     ///< the kernel that is faster for smaller messages
  std::size_t above = 0;     ///< and for larger ones
};

/// Where t_d + t_b of the configuration's kernel equals that of another kernel of the search space
/// that runs at that width, with the SMs that serve the batch fastest: of several crossings the one
/// nearest to the batch. docs/model.md#thresholds
KernelCrossover nearest_crossover(const Problem& problem, const Config& config);

/// The costs of a kernel at an EP width with every number of SMs that it may hold; one where that
/// is no choice.
std::vector<LayerCosts> sm_choices(const Problem& problem, Config config);

}  // namespace wideep
