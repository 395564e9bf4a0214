#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/collective_fit.h"
#include "fit/crossover.h"
#include "fit/given_latency.h"
#include "fit/kernel_law.h"
#include "fit/series.h"

namespace wideep {

struct CommFitOptions {
  std::optional<int> gpus_per_domain;   ///< unset: as the log says, else 8
  std::vector<SeriesFilter> only = {};  ///< series that match none of these are not fitted
  std::optional<Holdout> holdout = {};
  bool keep_inconsistent = false;
  /// Of sizes too alike to tell one: the first that speaks of a series.
  std::vector<LatencySource> latencies = {};
};

/// How well held-out measurements were predicted.
struct HeldOut {
  std::string kernel;
  Direction direction = Direction::kDispatch;
  int points = 0;
  double median_error = 0.0;
  double largest_error = 0.0;
  std::string reason;  ///< why they could not be predicted
};

/// All that communication measurements tell.
struct CommFit {
  int gpus_per_domain = 8;
  std::vector<SeriesFit> series;  ///< by kernel, direction, dtype, shape, width, SMs
  std::vector<KernelLaw> laws;    ///< by kernel and direction
  std::vector<MeasuredCrossover> crossovers;
  std::vector<HeldOut> held_out;
  std::vector<CollectiveFit> collectives;  ///< by library, operation and ranks
  std::vector<std::string> notes;          ///< choices that were made, in words
  std::vector<std::string> doubts;         ///< what speaks against the domain that was taken
};

/// Fits every series, sets aside widths that do not go with the others, and makes a law of what
/// is left of each kernel and direction. A kernel that was measured for several shapes of model is
/// calibrated for the one with the most widths and measurements. Collectives get a curve each.
CommFit fit_comm(const Measurements& measurements, const CommFitOptions& options);

/// What the calibration says of a sample of a series; nothing where that is in no law.
std::optional<Seconds> law_time(const CommFit& fit,
                                const SeriesFit& series,
                                const CommSample& sample);

}  // namespace wideep
