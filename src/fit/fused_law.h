#pragma once

#include "fit/samples.h"
#include "model/fabric.h"
#include "model/layer_costs.h"

namespace wideep {

/// What a fused kernel does in a sample, whatever its figures. docs/model.md#fused
struct FusedWork {
  int ep_width = 1;          ///< P
  double tokens = 1.0;       ///< T
  double top_k = 1.0;        ///< k
  double local_experts = 1;  ///< E/P
  Bytes expert;              ///< w: weights of one
  Flop arithmetic;           ///< 6 d f: of a routed token
  Bytes copies;              ///< of a routed token, there and back; 0 at EP 1
};

/// A sample and how long it took.
struct FusedPoint {
  FusedWork work;
  Seconds time;
};

/// Needs a sample whose EP width is known.
FusedWork work_of(const FusedSeries& series, const FusedSample& sample);

/// The law with these figures, where tokens are dealt out evenly but for the busiest rank, which
/// has `gamma` times the mean.
FusedCost cost_of(const FusedWork& work, const FusedFigures& figures, double gamma = 1.0);

/// A law's time at a point, and how it is made up.
struct FusedBreakdown {
  Seconds time;
  Seconds joint;                      ///< ( x1^p + x2^p + x3^p )^(1/p)
  std::array<double, 3> shares = {};  ///< x1^p, x2^p and x3^p of their sum
  double entropy = 0.0;               ///< -sum of s ln s over them
};

FusedBreakdown breakdown(const FusedWork& work, const FusedFigures& figures, double gamma = 1.0);

/// How a robust loss takes a residual r = ln(fitted / measured): soft L1,
///
///   rho = 2 s^2 ( sqrt(1 + (r/s)^2) - 1 ),   s = 5 %
///
/// is least squares of small residuals and grows with |r| of large ones, so that no single point
/// pulls more than two of 5 %. Source: Triggs et al., Bundle Adjustment (2000), section 3.
struct SoftResidual {
  double root = 0.0;        ///< signed square root of rho, which least squares may take
  double root_slope = 1.0;  ///< its derivative by r
  double pull = 0.0;        ///< half of rho's derivative, at most s
  double pull_slope = 1.0;  ///< the derivative of that
};

SoftResidual soften(double residual);

}  // namespace wideep
