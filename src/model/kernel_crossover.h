#pragma once

#include <optional>

#include "model/problem.h"
#include "model/threshold.h"

namespace wideep {

/// Where the order of two kernels changes, in both units.
struct KernelCrossover {
  Threshold<double> tokens;  ///< per rank
  Bytes dispatch_bytes;      ///< V at that many tokens; meaningful where `tokens` has a value
  /// The kernel that is faster just below the crossing; unset: both cost the same there, as where
  /// both stand at their floors.
  std::optional<std::size_t> below;
  std::optional<std::size_t> above;  ///< the same just above
  std::size_t other = 0;             ///< the kernel that was compared with
  int other_sms = 0;                 ///< on so many SMs; 0 where it has no such choice
};

/// Where t_d + t_b of the configuration's kernel and that of another kernel of the search space
/// that runs at that width change order, with the SMs that serve the batch fastest: of several
/// crossings the one nearest to the batch, up to kMostTokens. Between it and the batch the order
/// stays. docs/model.md#thresholds
KernelCrossover nearest_crossover(const Problem& problem, const Config& config);

}  // namespace wideep
