#include "fit/gpu_figures.h"

#include <cmath>

#include <fmt/format.h>

#include "model/words.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// What part the ideal is of what was measured.
GpuFigure share(Seconds ideal, double measured, const char* of_what) {
  const double found = ideal / unit::s / measured;
  // A data sheet without the number says 0, which makes the ideal infinite.
  if (!std::isfinite(found)) return {std::nullopt, fmt::format("no {} is given", of_what)};
  if (found <= 1.0) return {found, ""};
  return {std::nullopt,
          fmt::format("{} of the {} given: is it another GPU's, or the weights' type or the "
                      "experts' size wrong?",
                      format_percent(found),
                      of_what),
          true};
}

/// The figures with every share at 100 %.
ExpertFigures ideal_figures(const ExpertSeries& series, WeightType weights, Gpu gpu) {
  gpu.hbm_efficiency = 1.0;
  gpu.flop_efficiency = 1.0;
  gpu.tile_tokens = 0.0;  // weights are read with the memory's share whatever the tiles
  LayerShape shape;
  shape.hidden_size = series.hidden_size;
  shape.expert_size = series.expert_size;
  shape.weights = weights;
  return expert_figures(shape, gpu);
}

}  // namespace

std::optional<WeightType> weight_type(const std::string& dtype) {
  return meaning_of(kWeightTypeWords, dtype);
}

GpuFigures gpu_figures(const ExpertFit& fit, const Gpu& data_sheet) {
  const ExpertEstimates& found = *fit.estimates;
  const auto none = [&](const char* what) {
    return GpuFigure{std::nullopt, fmt::format("the form '{}' has no {}", fit.form, what)};
  };
  GpuFigures figures;
  figures.expert_launch =
      found.launch ? GpuFigure{found.launch->value, ""} : none("time of launch");
  // A form without c0 says that there is none, and its other figures go with that.
  figures.padding_tokens =
      GpuFigure{found.fixed ? found.fixed->value / found.per_token.value : 0.0, ""};
  const auto weights = weight_type(fit.series.dtype);
  if (!weights || fit.series.hidden_size == 0 || fit.series.expert_size == 0) {
    figures.hbm_efficiency.reason = figures.flop_efficiency.reason =
        "the log does not say the experts' size and what their weights are stored in";
    return figures;
  }
  const ExpertFigures ideal = ideal_figures(fit.series, *weights, data_sheet);
  if (!found.weight_read || found.weight_read->value == 0.0) {
    figures.hbm_efficiency = none("time to read weights");
  } else {
    figures.hbm_efficiency = share(ideal.weight_read, found.weight_read->value, "HBM bandwidth");
  }
  figures.flop_efficiency = share(ideal.per_token, found.per_token.value, "FLOP rate");
  return figures;
}

}  // namespace wideep
