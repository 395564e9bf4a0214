#pragma once

#include <string>
#include <vector>

#include "fit/attention_fit.h"
#include "report/calibration.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What `fit attention` says, as structs: of the fits at least one has estimates.
struct AttentionAnswer {
  std::vector<AttentionFit> fits;  ///< of the phases that were timed
  std::string model;               ///< whose shape prices the measurements
  std::string gpu;                 ///< what the base calls it
  std::string doubt;               ///< why it may be the wrong one; often empty
  std::string written;             ///< path of the calibration; empty: none
  bool all_points = false;
};

/// What must not be overlooked, as sentences.
std::vector<std::string> warnings_of(const AttentionAnswer& answer);

Text attention_fit_text(const AttentionAnswer& answer, const std::vector<LogFile>& files);

Json attention_fit_json(const AttentionAnswer& answer, const std::vector<LogFile>& files);

/// The base's GPU with the fitted figures.
Calibration calibrate(const AttentionAnswer& answer, const Provenance& provenance);

}  // namespace wideep
