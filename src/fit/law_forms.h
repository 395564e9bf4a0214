#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/kernel_law.h"
#include "fit/max_affine.h"

namespace wideep {

/// One measurement as the forms see it, in us and MB.
struct LawPoint {
  std::size_t width = 0;  ///< index into the widths
  int sms = 0;
  double inside = 0.0;
  double outside = 0.0;
  double time = 0.0;
  double tokens = 0.0;  ///< per rank; 0: the log does not say
};

/// The curves of one kernel and direction, ready for any form.
struct LawData {
  std::vector<int> widths;
  std::vector<int> sms;
  std::vector<LawPoint> points;
  std::vector<bool> crosses;  ///< by width: whether bytes leave the domain
  /// By width: the latency, where no curve tells it.
  std::vector<std::optional<GivenLatency>> given;
  // What the curves of each width say, to start from:
  std::vector<double> latencies;
  std::vector<double> steepest;  ///< us/MB of what stays inside, on the fewest SMs
  std::vector<double> flattest;  ///< the same on the most
  std::vector<double> outside;   ///< us/MB of what leaves the domain, on the most SMs
};

/// A form as a regression, and where its numbers are among the parameters. The latencies of the
/// widths come first.
struct LawForm {
  std::string name;
  Regression regression;
  std::vector<std::size_t> up;  ///< us/MB (or us SM/MB) by width, all alike where shared
  std::vector<std::size_t> out;
  std::optional<std::size_t> floor;
  std::optional<std::size_t> cap;  ///< of scale_up
  std::vector<std::size_t> ramp;   ///< by width; empty: none
  double ramp_tokens = 0.0;        ///< T1, which is given: it is not linear
  bool per_sm = false;
};

LawData gather(std::span<const CurveData> curves, int gpus_per_domain);

/// Every form that the data may have, from fewest parameters to most; one with a ramp once for each
/// T1 that is tried. docs/model.md#fit
std::vector<LawForm> candidate_forms(const LawData& data);

}  // namespace wideep
