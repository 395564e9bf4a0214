#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/errors.h"
#include "fit/estimate.h"
#include "fit/extent.h"
#include "fit/samples.h"
#include "model/attention.h"

namespace wideep {

/// With fewer sequences decode takes up to 30 % longer than the model says, bound by the launch of
/// kernels that cannot fill the GPU. Such samples are left out.
inline constexpr int kLeastSequences = 8;
/// The same of prefill with shorter prompts.
inline constexpr int kLeastPrompt = 128;
/// Of a kernel alone with shorter contexts or prompts: it takes as long as its launch.
inline constexpr int kLeastKernelContext = 1024;
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
  Estimate launch;         ///< in s; of the kernel, where that alone was timed
  FittedShare projection;  ///< of the rate of the projections' type
  FittedShare context;     ///< of the rate of the type that attention proper computes in
  FittedShare cache;       ///< of HBM bandwidth, at which the cache is read
  Seconds token;           ///< of a kernel: what a token takes whatever its context
};

/// Whose attention was timed, and on what.
struct AttentionSetting {
  LayerShape shape;  ///< without shared experts
  Gpu gpu;           ///< its rates and HBM efficiency are taken as known
};

struct AttentionFit {
  Phase phase = Phase::kDecode;
  AttentionScope scope = AttentionScope::kLayer;
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
  int other_heads = 0;                ///< than the model's and the fewest
  int slower = 0;                     ///< by another kernel than the fastest at the same point
  double spread = 0.0;                ///< standard deviation of measured / fitted
  int freedom = 0;                    ///< of that
  double median_error = 0.0;          ///< of |fitted / measured - 1|
  double largest_error = 0.0;
  std::optional<HeldOutErrors> held_out;

  /// A of the fit, or what attention proper has of it, of the model's own heads. Needs estimates.
  [[nodiscard]] DenseParts work(int context) const;
  [[nodiscard]] Seconds time(const AttentionSample& sample) const;
  [[nodiscard]] bool is_outlier(std::size_t sample) const;
};

/// A share as GPU files name it.
struct NamedShare {
  const char* key = "";
  const FittedShare* share = nullptr;
};

/// Those that the scope of the fit tells; null where it has no estimates. They live as long as it.
std::vector<NamedShare> shares_of(const AttentionFit& fit);

/// Whether what was timed computes attention proper in fp8.
bool is_in_fp8(const AttentionFit& fit);

/// T: one token a sequence at decode, whole prompts at prefill.
double tokens_of(const AttentionSample& sample, Phase phase);

/// Fits launch and efficiencies of each phase that was timed, decode first: of the layer
///
///   t = launch + sum over both sides of max( R, T (x / eta_p + a) ) + T max( m, f / eta_c )
///
/// with R, x, a, m and f from the model's shape and the data sheet, as dense_work() has them with
/// activations counted once; and of attention proper, where a table times it alone, by the types of
/// its cache and arithmetic
///
///   t = launch + T (token + max( m / eta_k, f / eta_c ))
///
/// Of several kernels at one point the fastest counts, which an engine would pick. `holdout`: a
/// share of the samples, drawn with a fixed seed, to be left out and predicted.
std::vector<AttentionFit> fit_attention(const Measurements& measurements,
                                        const AttentionSetting& setting,
                                        double holdout = 0.0);

}  // namespace wideep
