#pragma once

#include <array>
#include <optional>
#include <vector>

#include "fit/fused_law.h"

namespace wideep {

/// The places of the figures in a solution.
enum FusedPlace : std::size_t {
  kFusedLaunch,
  kFusedPerRank,
  kFusedRead,
  kFusedRate,
  kFusedBandwidth,
  kFusedExponent,
  kFusedPlaces
};

/// Why a figure is not fitted.
enum class Held {
  kNot,       ///< it is
  kGiven,     ///< by the user
  kOneWidth,  ///< the launch of each rank is in that of the kernel
  kTied,      ///< arithmetic takes as long as copies, for only their sum is told
  kBound      ///< the fit wants less than the least, or more than the most, that it can be
};

/// Points of even routing, at least as many as figures and not all at EP 1.
struct FusedProblem {
  std::vector<FusedPoint> points;
  std::optional<Seconds> launch_per_rank = {};  ///< given in place of a fitted one
};

/// What came of it. Errors are those of logarithms: of each figure, of the exponent less 1.
struct FusedSolution {
  FusedFigures figures;
  std::array<Held, kFusedPlaces> held = {};
  std::array<bool, kFusedPlaces> told = {};        ///< fitted, and of an error that is known
  std::array<double, kFusedPlaces> variance = {};  ///< 0 where it is not told
  double rate_with_bandwidth = 0.0;  ///< correlation of the two, where neither is held
  double sigma = 0.0;                ///< standard deviation of ln(fitted / measured), robust
  int freedom = 0;                   ///< points minus figures told
};

/// Whether a figure, of that variance of its logarithm, is known within a factor of 4 either way.
bool is_known(double variance, int freedom);

/// Fits the figures that the points tell, by Levenberg and Marquardt's method (MINPACK's, in Eigen)
/// from several starts, in logarithms, so that times and rates stay above 0 and the exponent above
/// 1, with the loss of soften(). Copies and arithmetic both grow with tokens alone: of one expert
/// size, without points at EP 1, no measurement tells them apart, and they are tied. The same where
/// two sizes are too near. Errors are those of M-estimators: s^2 (J^T J)^-1 with s^2 the mean
/// square of the pulls over the mean slope squared. Source: Huber, Robust Statistics (1981), 7.6.
FusedSolution solve_fused(const FusedProblem& problem);

}  // namespace wideep
