#include "fit/fused_law.h"

#include <algorithm>
#include <cmath>

#include "model/hardware.h"
#include "model/weight_type.h"

namespace wideep {
namespace {

/// Gate, up and down.
constexpr double kMatrices = 3.0;

}  // namespace

FusedWork work_of(const FusedSeries& series, const FusedSample& sample) {
  const double hidden = series.hidden_size;
  const double weights = kMatrices * hidden * series.expert_size;
  return {.ep_width = sample.ep_width,
          .tokens = static_cast<double>(sample.tokens),
          .top_k = static_cast<double>(series.top_k),
          .local_experts = static_cast<double>(series.experts) / sample.ep_width,
          .expert = weights * bytes_of(series.weights),
          .arithmetic = weights * kPerWeight,
          .copies = sample.ep_width > 1 ? hidden * (kFusedThere + kFusedBack) : Bytes(0.0)};
}

FusedCost cost_of(const FusedWork& work, const FusedFigures& figures, double gamma) {
  const double routed = gamma * work.top_k;
  return {.expert = {.launch = figures.launch + work.ep_width * figures.launch_per_rank,
                     .weight_read = work.expert / figures.read,
                     .per_token = routed * work.arithmetic / figures.rate,
                     .local_experts = work.local_experts,
                     .dealt_per_token = work.top_k},
          .copies_per_token = routed * work.copies / figures.bandwidth,
          .exponent = figures.exponent};
}

FusedBreakdown breakdown(const FusedWork& work, const FusedFigures& figures, double gamma) {
  const FusedCost cost = cost_of(work, figures, gamma);
  const auto parts = cost.parts(work.tokens);
  FusedBreakdown result;
  result.time = cost.time(work.tokens);
  result.joint = result.time - cost.expert.launch;
  const Seconds longest = std::max({parts[0], parts[1], parts[2]});
  double sum = 0.0;  // of shares of the longest, so that no power overflows
  for (std::size_t at = 0; at < parts.size(); ++at) {
    result.shares[at] = std::pow(parts[at] / longest, figures.exponent);
    sum += result.shares[at];
  }
  for (double& share : result.shares) {
    share /= sum;
    if (share > 0.0) result.entropy -= share * std::log(share);
  }
  return result;
}

SoftResidual soften(double residual) {
  constexpr double kScale = 0.05;
  const double off = residual / kScale;
  const double bent = std::sqrt(1.0 + off * off);
  // sqrt(2 (bent - 1)) / |off|, without the difference of near numbers.
  const double root = std::sqrt(2.0 / (bent + 1.0));
  return {.root = residual * root,
          .root_slope = 1.0 / (root * bent),
          .pull = residual / bent,
          .pull_slope = 1.0 / (bent * bent * bent)};
}

}  // namespace wideep
