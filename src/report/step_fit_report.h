#pragma once

#include <string>
#include <vector>

#include "fit/step_fit.h"
#include "model/problem.h"
#include "report/calibration.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What `fit step` says, as structs: the fit has figures.
struct StepAnswer {
  StepFit fit;
  StepRows rows;                ///< of which the points are the fit's
  std::vector<Kernel> kernels;  ///< of the fabric, for their names
  std::string model;            ///< the workload's; empty: it has no name
  std::string engine;           ///< whose rows they are; empty: they do not say
  std::string gpu;              ///< what the fabric calls it
  std::string doubt;            ///< why it may be the wrong one; often empty
  std::vector<std::string> notes;
  std::vector<std::string> warnings;  ///< of the workload
  std::string written;                ///< path of the calibration; empty: none
  bool all_points = false;
};

/// What must not be overlooked, as sentences.
std::vector<std::string> warnings_of(const StepAnswer& answer);

Text step_fit_text(const StepAnswer& answer, const std::vector<LogFile>& files);

Json step_fit_json(const StepAnswer& answer, const std::vector<LogFile>& files);

/// The fabric with the two figures, as far as the rows tell them.
Calibration calibrate(const StepAnswer& answer, const Provenance& provenance);

}  // namespace wideep
