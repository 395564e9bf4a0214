#pragma once

#include <optional>
#include <string>

#include "fit/expert_fit.h"
#include "model/fabric.h"
#include "model/hardware.h"

namespace wideep {

/// What a log calls the type of weights; nothing where it is not known.
std::optional<WeightType> weight_type(const std::string& dtype);

/// A figure of a GPU, or why the fit does not tell it.
struct GpuFigure {
  std::optional<double> value;
  std::string reason;       ///< empty where there is a value
  bool impossible = false;  ///< the data sheet is exceeded: it is another GPU's, or the shape wrong
};

/// A GPU as the experts that were timed found it. docs/model.md#hardware
struct GpuFigures {
  GpuFigure hbm_efficiency;   ///< share of the data sheet's bandwidth
  GpuFigure flop_efficiency;  ///< share of the rate that serves the weights' type
  GpuFigure padding_tokens;   ///< c0 / c1
  GpuFigure expert_launch;    ///< a, in s
};

/// The figures that make expert_figures() of model/hardware.h give what was fitted. Of `data_sheet`
/// only the bandwidth and the rates count, as far as they are given. Needs estimates.
GpuFigures gpu_figures(const ExpertFit& fit, const Gpu& data_sheet);

}  // namespace wideep
