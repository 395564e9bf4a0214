#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/fused_fit.h"
#include "report/calibration.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What `fit fused` says, as structs: of the fits one is that of the calibration.
struct FusedAnswer {
  std::vector<FusedFit> fits;
  std::size_t chosen = 0;             ///< index into `fits`, one with estimates
  std::optional<std::string> kernel;  ///< of the base, which takes its figures
  std::string refused;  ///< why that kernel may not run with such weights; often empty
  std::string doubt;    ///< why the base's GPU may be the wrong one; often empty
  std::string written;  ///< path of the calibration; empty: none
  bool all_points = false;
};

/// A figure of the law as reports and files name it.
struct NamedFigure {
  const char* key = "";   ///< "weight_bandwidth"
  const char* unit = "";  ///< suffix of its key in JSON: "B_per_s"; empty: none
  const FusedFigure* figure = nullptr;
};

/// All six, which live as long as the estimates.
std::vector<NamedFigure> figures_of(const FusedEstimates& estimates);

/// A figure for people: "5.963 TB/s", "2.219".
std::string figure_text(const NamedFigure& named, double value);

/// "NVIDIA GB200, w4a8_mxfp4_mxfp8".
std::string name_of(const FusedFit& fit);

/// "7168 x 3072, top 6 of 384": of experts.
std::string shape_text(const FusedSeries& shape);

/// What must not be overlooked, as sentences.
std::vector<std::string> warnings_of(const FusedAnswer& answer);

Text fused_fit_text(const FusedAnswer& answer, const std::vector<LogFile>& files);

Json fused_fit_json(const FusedAnswer& answer, const std::vector<LogFile>& files);

/// The base's kernel with the fitted figures. Needs one.
Calibration calibrate(const FusedAnswer& answer, const Provenance& provenance);

}  // namespace wideep
