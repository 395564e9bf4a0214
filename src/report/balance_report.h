#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/balance_fit.h"
#include "report/calibration.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// gamma at one EP width, from counts or from what an engine logged.
struct GammaPoint {
  int ep_width = 1;
  double mean = 1.0;         ///< over layers, or over logged values
  double p95 = 1.0;          ///< of layers, or of logged values
  std::optional<double> se;  ///< of the mean, where values were logged
  std::string from;          ///< "counts, contiguous placement" or "SGLang, 240 values"
};

/// What `fit gamma` says.
struct GammaAnswer {
  std::vector<GammaPoint> points;     ///< ascending widths
  std::vector<std::string> unfitted;  ///< what could not be used, and why
  std::vector<std::string> notes;
  std::string written;
};

/// The points that engines' logs give; what they do not give goes to `answer.unfitted`.
void add_logged(const std::vector<BalanceFit>& fits, GammaAnswer& answer);

/// What must not be overlooked, as sentences.
std::vector<std::string> warnings_of(const GammaAnswer& answer);

Text gamma_text(const GammaAnswer& answer, const std::vector<LogFile>& files);

Json gamma_json(const GammaAnswer& answer, const std::vector<LogFile>& files);

/// The base with gamma by EP width, for workloads that state none. Needs points.
Calibration calibrate(const GammaAnswer& answer, const Provenance& provenance);

}  // namespace wideep
