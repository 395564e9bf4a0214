#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/expert_fit.h"
#include "fit/gpu_figures.h"
#include "report/calibration.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What `fit compute` says, as structs: of the fits one is that of the calibration.
struct ExpertAnswer {
  std::vector<ExpertFit> fits;
  std::size_t chosen = 0;             ///< index into `fits`, one with estimates
  std::optional<GpuFigures> figures;  ///< of the base's GPU, where there is a data sheet
  std::string gpu;                    ///< what the base calls it
  std::string doubt;                  ///< why it may be the wrong one; often empty
  std::string written;                ///< path of the calibration; empty: none
  bool all_points = false;
};

/// What must not be overlooked, as sentences.
std::vector<std::string> warnings_of(const ExpertAnswer& answer);

Text expert_fit_text(const ExpertAnswer& answer, const std::vector<LogFile>& files);

Json expert_fit_json(const ExpertAnswer& answer, const std::vector<LogFile>& files);

/// The base's GPU with the fitted figures. Needs figures.
Calibration calibrate(const ExpertAnswer& answer, const Provenance& provenance);

}  // namespace wideep
