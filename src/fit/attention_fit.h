#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/errors.h"
#include "fit/estimate.h"
#include "fit/extent.h"
#include "fit/samples.h"
#include "model/hardware.h"

namespace wideep {

/// With fewer sequences decode takes up to 30 % longer than the model says, bound by the launch of
/// kernels that cannot fill the GPU. Such samples are left out.
inline constexpr int kLeastSequences = 8;
/// The same of prefill with shorter prompts.
inline constexpr int kLeastPrompt = 128;
/// And with fewer tokens in all: it then takes as long as its kernels take to launch, whatever
/// their work, where the model adds the two.
inline constexpr int kLeastPrefillTokens = 1024;

/// A share of the data sheet's rate that was reached.
struct FittedShare {
  double value = 1.0;                ///< what the fit goes by
  std::optional<Estimate> estimate;  ///< unset where `value` is the base's, or 1
  std::string reason;                ///< why there is none
  bool exceeded = false;             ///< the fit wants more than the data sheet: `value` is 1
};

/// What the timings of one phase tell. docs/model.md#attention
struct AttentionEstimates {
  Estimate launch;         ///< in s
  FittedShare projection;  ///< of the rate of the projections' type
  FittedShare context;     ///< of the bf16 rate
};

/// Whose attention was timed, and on what.
struct AttentionSetting {
  LayerShape shape;  ///< without shared experts
  Gpu gpu;           ///< its rates and HBM efficiency are taken as known
};

struct AttentionFit {
  Phase phase = Phase::kDecode;
  std::string device;                    ///< as the logs name it; empty: they do not say
  std::vector<AttentionSample> samples;  ///< without those left out and held out
  std::optional<AttentionEstimates> estimates;
  std::string reason;                 ///< why there are no estimates
  AttentionSetting setting;           ///< with the fitted figures, where there are estimates
  Extent sequences;                   ///< of the samples used
  Extent context;                     ///< of them
  int points = 0;                     ///< that were used
  std::vector<std::size_t> outliers;  ///< indices into `samples`
  int left_out = 0;                   ///< too small, as above
  int other_types = 0;                ///< of weights or cache than the model's
  int slower = 0;                     ///< by another kernel than the fastest at the same point
  double spread = 0.0;                ///< standard deviation of measured / fitted
  int freedom = 0;                    ///< of that
  double median_error = 0.0;          ///< of |fitted / measured - 1|
  double largest_error = 0.0;
  std::optional<HeldOutErrors> held_out;

  /// A of the fit. Needs estimates.
  [[nodiscard]] DenseWork work(int context) const;
  [[nodiscard]] Seconds time(const AttentionSample& sample) const;
  [[nodiscard]] bool is_outlier(std::size_t sample) const;
};

/// T: one token a sequence at decode, whole prompts at prefill.
double tokens_of(const AttentionSample& sample, Phase phase);

/// Fits launch and both efficiencies of each phase that was timed, decode first:
///
///   t = launch + max( R, T x / eta_p ) + T max( m, f / eta_c )
///
/// with R, x, m and f from the model's shape and the data sheet, as dense_work() has them. Of
/// several kernels at one point the fastest counts, which an engine would pick. `holdout`: a share
/// of the samples, drawn with a fixed seed, to be left out and predicted.
std::vector<AttentionFit> fit_attention(const Measurements& measurements,
                                        const AttentionSetting& setting,
                                        double holdout = 0.0);

}  // namespace wideep
