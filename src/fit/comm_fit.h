#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/crossover.h"
#include "fit/kernel_law.h"
#include "fit/samples.h"

namespace wideep {

/// `key=value` that a series may answer to. Keys: kernel, phase (dispatch, combine, both), ep, sms,
/// hidden_size, top_k, experts, dtype.
struct SeriesFilter {
  std::string key;
  std::string value;
};

/// Whether that is a key of SeriesFilter.
bool is_filter_key(const std::string& key);

bool matches(const CommSeries& series, const SeriesFilter& filter);

/// What to leave out of a fit and to predict from the rest: the series that match, or a share of
/// all measurements drawn with a fixed seed.
struct Holdout {
  std::optional<SeriesFilter> filter;
  double share = 0.0;  ///< 0 to 1, where no filter is given
};

struct CommFitOptions {
  std::optional<int> gpus_per_domain;  ///< unset: as the log says, else 8
  std::vector<SeriesFilter> only;      ///< series that match none of these are not fitted
  std::optional<Holdout> holdout;
  bool keep_inconsistent = false;
};

/// A series of measurements and what was made of it.
struct SeriesFit {
  CommSeries series;
  std::vector<CommSample> samples;  ///< without those held out
  std::optional<Curve> curve;
  std::string reason;        ///< why there is no curve
  std::string inconsistent;  ///< why its width does not go with the others
  bool chosen = true;        ///< its shape and dtype are those that the kernel is calibrated for
  bool in_law = false;       ///< the curve is in the kernel's law
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
  std::vector<std::string> notes;   ///< choices that were made, in words
  std::vector<std::string> doubts;  ///< what speaks against the domain that was taken
};

/// Fits every series, sets aside widths that do not go with the others, and makes a law of what
/// is left of each kernel and direction. A kernel that was measured for several shapes of model is
/// calibrated for the one with the most widths and measurements.
CommFit fit_comm(const Measurements& measurements, const CommFitOptions& options);

/// What the calibration says of a series; nothing where it is in no law.
std::optional<Seconds> law_time(const CommFit& fit, const SeriesFit& series, Bytes volume);

/// "dispatch", "combine" or "both".
const char* name_of(Direction direction);

}  // namespace wideep
