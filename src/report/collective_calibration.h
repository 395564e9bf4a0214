#pragma once

#include <string>

#include "fit/collective_fit.h"
#include "model/fabric.h"
#include "report/calibration.h"

namespace wideep {

/// What a calibration says of collectives, to be put beside what it says of all-to-alls.
struct CollectiveYaml {
  std::string kernels;      ///< entries of `kernels`, indented by two
  std::string calibration;  ///< entries of `calibration.comm`, indented by four
};

/// Each library's curves as a kernel. Of a base's kernel of collectives other operations and
/// numbers of ranks stay. Adds to `calibration` what is replaced and what could not be written.
CollectiveYaml write_collectives(const std::vector<CollectiveFit>& fits,
                                 const Fabric* base,
                                 const Provenance& provenance,
                                 Calibration& calibration);

}  // namespace wideep
