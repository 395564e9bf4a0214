#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/errors.h"
#include "fit/estimate.h"
#include "fit/extent.h"
#include "fit/kernel_law.h"
#include "fit/samples.h"
#include "model/workload.h"

namespace wideep {

/// The numbers of t = a + N max(w, c0 + c1 n), in s; unset where the form has none.
/// docs/model.md#experts
struct ExpertEstimates {
  std::optional<Estimate> launch;       ///< a
  std::optional<Estimate> weight_read;  ///< w
  std::optional<Estimate> fixed;        ///< c0
  Estimate per_token;                   ///< c1

  /// As a workload states them, 0 where unset.
  [[nodiscard]] ExpertFigures figures() const;
};

/// One time for every routed token, t = R c_tok: what the closed-form model takes, and how far off
/// that is.
struct ConstantPerToken {
  Estimate per_token;  ///< c_tok, in s
  double median_error = 0.0;
  double largest_error = 0.0;
};

/// What to leave out of a fit and to predict from the rest: an EP width, or a share of the samples
/// of every series drawn with a fixed seed.
struct ExpertHoldout {
  std::optional<int> ep_width;
  double share = 0.0;  ///< 0 to 1, where no width is given
};

/// What the timings of one kind of expert tell.
struct ExpertFit {
  ExpertSeries series;
  std::vector<ExpertSample> samples;  ///< without those left out and held out
  std::optional<ExpertEstimates> estimates;
  std::string reason;                     ///< why there are no estimates
  std::string form;                       ///< "per_token", "affine", "weights", "weights_fixed"
  std::vector<LawCandidate> candidates;   ///< from the simplest
  std::optional<ConstantPerToken> c_tok;  ///< set with `estimates`
  Extent local_experts;                   ///< N of the samples used
  Extent tokens_per_expert;               ///< n of them
  int points = 0;                         ///< that were used
  std::vector<std::size_t> outliers;      ///< indices into `samples`
  int left_out = 0;                       ///< with fewer routed tokens than local experts
  double spread = 0.0;                    ///< standard deviation of measured / fitted
  int freedom = 0;                        ///< of that
  double median_error = 0.0;              ///< of |fitted / measured - 1|
  double largest_error = 0.0;
  std::optional<HeldOutErrors> held_out;

  /// t of the fit, with `local_experts` experts that all receive tokens. Needs estimates.
  [[nodiscard]] Seconds time(double local_experts, double routed_tokens) const;
  [[nodiscard]] bool is_outlier(std::size_t sample) const;
};

/// Fits every series: of the forms the simplest is taken that predicts left-out points as well as
/// the best. Samples with fewer routed tokens than local experts do not say how many experts read
/// their weights, and are left out.
std::vector<ExpertFit> fit_experts(const Measurements& measurements,
                                   const std::optional<ExpertHoldout>& holdout = {});

}  // namespace wideep
