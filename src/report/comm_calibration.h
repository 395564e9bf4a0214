#pragma once

#include "fit/comm_fit.h"
#include "report/calibration.h"

namespace wideep {

/// What `fit comm` writes. `base` may be null: then a kernel of which only one direction was
/// measured is left out.
Calibration calibrate(const CommFit& fit, const Fabric* base, const Provenance& provenance);

}  // namespace wideep
