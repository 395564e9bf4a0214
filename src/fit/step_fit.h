#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/errors.h"
#include "fit/estimate.h"
#include "fit/extent.h"
#include "fit/step_rows.h"
#include "units/quantity.h"

namespace wideep {

/// Two figures and an error need three rows, and one may be an outlier.
inline constexpr std::size_t kLeastStepRows = 4;
/// One figure and its error.
inline constexpr std::size_t kLeastRowsAlone = 2;

/// What turns a computed step into a served one: (computed + overhead) / efficiency.
struct StepFigures {
  double efficiency = 1.0;
  Seconds overhead;

  [[nodiscard]] Seconds step(Seconds computed) const { return (computed + overhead) / efficiency; }
};

/// One of the two as it was found.
struct FittedServing {
  std::optional<Estimate> estimate;  ///< overhead in s; unset where the value is held or given
  std::string reason;                ///< why there is none
  bool held = false;                 ///< the fit wants what cannot be: above 100 %, below 0
};

/// What rows of TPOT tell of an engine. docs/model.md#fit
struct StepFit {
  std::vector<StepPoint> points;  ///< without those held out
  std::string reason;             ///< why nothing was fitted; else empty
  StepFigures serving;            ///< what the fit goes by
  FittedServing efficiency;
  FittedServing overhead;
  std::vector<std::size_t> outliers;  ///< indices into `points`
  int used = 0;                       ///< points that are none
  double spread = 0.0;                ///< standard deviation of measured / fitted
  int freedom = 0;                    ///< of that
  Extent computed;                    ///< of the points used, in s
  ErrorSummary errors;                ///< of |fitted / measured - 1| of the points used
  std::optional<ErrorSummary> alone;  ///< with the efficiency alone, where both were fitted
  ErrorSummary without;               ///< at 100 % and without overhead
  ErrorSummary before;                ///< with what the workload or its fabric had before
  StepFigures given;                  ///< that
  std::optional<HeldOutErrors> held_out;

  /// As served, by the fit. Needs one.
  [[nodiscard]] Seconds time(const StepPoint& point) const { return serving.step(point.computed); }
  [[nodiscard]] bool is_outlier(std::size_t point) const;
};

/// Fits serving_efficiency eta, at most 1, and step_overhead o, at least 0:
///
///   t = (t_computed + o) / eta = a t_computed + b,  eta = 1/a,  o = b/a            [s]
///
/// by robust least squares of relative errors (max_affine.h). Where the rows are few, or their
/// computed steps within a factor of two, eta alone is fitted and o is that of `given`. `holdout`:
/// a share of the rows, drawn with a fixed seed, to be left out and predicted.
StepFit fit_step(const std::vector<StepPoint>& points,
                 const StepFigures& given,
                 double holdout = 0.0);

}  // namespace wideep
