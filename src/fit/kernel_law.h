#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/curve.h"
#include "fit/samples.h"

namespace wideep {

/// A curve with the measurements it was fitted to: what a law is made from.
struct CurveData {
  CommSeries series;
  std::vector<CommSample> samples;
  Curve curve;
};

/// Bytes of one transfer of one rank by tier. docs/model.md#copies
struct TierBytes {
  Bytes inside;   ///< the scale-up domain
  Bytes outside;  ///< 0 where the group lies in one domain
};

/// What of V goes where, by the kernel's byte rule; a kernel that sends a copy to each domain sends
/// one to each rank inside a single domain. A series that does not state its top-k must send one
/// copy to each expert.
TierBytes tier_bytes(const CommSeries& series, Bytes volume, int gpus_per_domain);

/// One number of a law.
struct LawParameter {
  std::string what;   ///< "latency at EP 16", "scale-out bandwidth" ...
  bool rate = false;  ///< B/s, else s
  Estimate estimate;
  std::string from = {};  ///< who gives a number that was not measured; empty: it was
};

/// A form that a law could have had.
struct LawCandidate {
  std::string form;  ///< "per_width", "by_tier", "by_tier_floor" ...
  int parameters = 0;
  double cv_error = 0.0;  ///< root mean square of log(measured / predicted) in folds
};

/// One direction of a kernel over all EP widths and SMs, as a calibration states it.
struct KernelLaw {
  CommSeries series;                   ///< of the first curve; its ep_width and sms have no meaning
  Copies copies = Copies::kPerExpert;  ///< kPerRank where a kPerDomain kernel stayed in one domain
  std::string form;
  LinkPhase phase;
  std::vector<int> ep_widths;  ///< ascending
  std::vector<int> sms;        ///< ascending; empty: no such choice
  // EP widths at which no measurement was bound by the tier: its bandwidth in `phase` is the least
  // that leaves it so, and may be higher.
  std::vector<int> scale_up_unbound;
  std::vector<int> scale_out_unbound;
  std::vector<LawParameter> parameters;
  std::vector<LawCandidate> candidates;
  double median_error = 0.0;
  double largest_error = 0.0;
  int points = 0;
  int freedom = 1;  ///< points minus numbers fitted; 0: the errors say nothing

  /// t(T) of the law; beyond the widths that it was fitted at the latency goes on as a straight
  /// line in log2 P through those beyond the domain, where there are two or more.
  /// `tokens` of a rank, which a ramp asks for.
  [[nodiscard]] Seconds time(int ep_width, int sms, TierBytes bytes, double tokens = 0.0) const;
};

/// The law of curves of one kernel and direction, all of one shape of model, none of whose widths
/// is inconsistent. Of the forms the simplest is taken that predicts left-out points as well as the
/// best. Needs at least one curve.
KernelLaw kernel_law(std::span<const CurveData> curves, int gpus_per_domain);

}  // namespace wideep
