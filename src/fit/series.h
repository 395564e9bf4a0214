#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "fit/curve.h"
#include "fit/samples.h"

namespace wideep {

/// The model that a series was measured for: hidden size, top-k, experts; 0 where it is not known.
using Shape = std::tuple<int, int, int>;

Shape shape_of(const CommSeries& series);

/// "hidden size 7168, top-8, 256 experts"
std::string words(const Shape& shape);

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

/// The series that `only` leaves, each once, with their samples: by kernel, direction, dtype (the
/// one that deployments send first), shape, width, SMs.
struct SortedSeries {
  std::vector<SeriesFit> fitted;
  std::vector<SeriesFit> held;  ///< what the holdout takes away
};

SortedSeries sort_series(const Measurements& measurements,
                         const std::vector<SeriesFilter>& only,
                         const std::optional<Holdout>& holdout);

}  // namespace wideep
