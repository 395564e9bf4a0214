#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/kernel_law.h"

namespace wideep {

/// Where one kernel overtakes another at an EP width, by their curves and by what was measured.
/// Times are those of dispatch and combine together.
struct MeasuredCrossover {
  std::string below;  ///< the kernel that is faster for smaller batches
  std::string above;  ///< and for larger ones
  int ep_width = 1;
  int sms = 0;                     ///< SMs of whichever of the two has that choice; 0: neither
  std::optional<double> tokens;    ///< T per rank at which the fitted curves cross
  std::optional<double> low;       ///< of its 95 % interval; unset: below one token
  std::optional<double> high;      ///< unset: beyond any batch
  Bytes volume;                    ///< V of dispatch at `tokens`
  std::optional<double> measured;  ///< T at which the measured times cross
  std::string reason;              ///< why `tokens` is unset
  std::string measured_reason;     ///< why `measured` is unset
};

/// Both directions of one kernel at one width and number of SMs.
struct KernelCurves {
  const CurveData* dispatch = nullptr;
  const CurveData* combine = nullptr;  ///< the same as dispatch for a plain all-to-all
};

/// The crossover of two kernels, whose interval covers both what the estimates leave open and how
/// far single times stray from the curves. Unset where the logs do not tell how many bytes a token
/// is, or tell that the two were measured with tokens of different models.
std::optional<MeasuredCrossover> crossover(const KernelCurves& one, const KernelCurves& other);

}  // namespace wideep
