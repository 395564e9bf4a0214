#pragma once

#include <string>
#include <vector>

#include "fit/series.h"

namespace wideep {

/// What is said beside the choice of what goes into a calibration.
struct ChoiceRemarks {
  std::vector<std::string> notes;   ///< choices that were made, in words
  std::vector<std::string> doubts;  ///< what speaks against the domain that was taken
};

/// Marks, of series with their curves, those that a kernel is calibrated from (`chosen`: one shape
/// of model, one dtype each way, SMs that are known), and the widths that do not go with the others
/// (`inconsistent`).
ChoiceRemarks choose_series(std::vector<SeriesFit>& series, int gpus_per_domain);

}  // namespace wideep
