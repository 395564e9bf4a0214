#include "fit/fused_estimates.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace wideep {
namespace {

/// A figure of which the logarithm has that variance: its interval is the logarithm's.
// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): a value, its variance, its freedom
Estimate log_estimate(double value, double variance, int freedom) {
  const double error = std::sqrt(variance);
  const double reach = std::exp(t_95(freedom) * error);
  return {.value = value, .se = value * error, .low = value / reach, .high = value * reach};
}

/// The same of a time that may be next to nothing: cut at 0.
// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): likewise
Estimate time_estimate(double value, double variance, int freedom) {
  return estimate_of(value, value * value * variance, freedom);
}

/// Turns a solution into figures with what is to be said of each.
class EstimateWriter {
 public:
  EstimateWriter(const FusedSolution& solution, int ep_width)
      : solution_(solution), ep_width_(ep_width) {}

  [[nodiscard]] FusedEstimates estimates() const {
    const FusedFigures& figures = solution_.figures;
    FusedEstimates all;
    all.launch = time(kFusedLaunch, figures.launch);
    all.launch_per_rank = time(kFusedPerRank, figures.launch_per_rank);
    all.read = rate(kFusedRead, figures.read.base());
    all.rate = rate(kFusedRate, figures.rate.base());
    all.bandwidth = rate(kFusedBandwidth, figures.bandwidth.base());
    all.exponent = exponent();
    all.tied = solution_.held[kFusedRate] == Held::kTied;
    all.rate_with_bandwidth = solution_.rate_with_bandwidth;
    if (all.tied) untie(all);
    return all;
  }

 private:
  [[nodiscard]] FusedFigure time(FusedPlace place, Seconds value) const {
    FusedFigure figure{.value = value / unit::s};
    switch (solution_.held[place]) {
      case Held::kGiven:
        figure.given = true;
        figure.reason = "given, not fitted";
        return figure;
      case Held::kOneWidth:
        figure.reason = fmt::format("measured at EP {} only: it is in launch", ep_width_);
        return figure;
      case Held::kBound:
        figure.reason = "the fit wants none: it is no more than noise";
        return figure;
      case Held::kNot:
      case Held::kTied:
        break;
    }
    figure.estimate = time_estimate(figure.value, solution_.variance[place], solution_.freedom);
    return figure;
  }

  [[nodiscard]] FusedFigure rate(FusedPlace place, double value) const {
    FusedFigure figure{.value = value};
    figure.estimate = log_estimate(value, solution_.variance[place], solution_.freedom);
    return figure;
  }

  [[nodiscard]] FusedFigure exponent() const {
    const double value = solution_.figures.exponent;
    FusedFigure figure{.value = value};
    if (solution_.held[kFusedExponent] == Held::kBound) {
      figure.reason = value > 1.0 ? "as good as the roofline: all overlaps"
                                  : "the fit wants less than 1: nothing overlaps";
      return figure;
    }
    figure.estimate =
        time_estimate(value - 1.0, solution_.variance[kFusedExponent], solution_.freedom);
    for (double* const number :
         {&figure.estimate->value, &figure.estimate->low, &figure.estimate->high}) {
      *number += 1.0;
    }
    return figure;
  }

  /// Were the other nothing, each would take what both do: twice the power of what it is given.
  void untie(FusedEstimates& all) const {
    const Estimate both = log_estimate(1.0, solution_.variance[kFusedBandwidth], solution_.freedom);
    const double alone = both.low * std::pow(2.0, -1.0 / solution_.figures.exponent);
    for (FusedFigure* const figure : {&all.rate, &all.bandwidth}) {
      figure->estimate.reset();
      figure->at_least = alone * figure->value;
    }
    all.rate.reason =
        "arithmetic and copies both grow with tokens alone, and are taken to take as long as each "
        "other";
    all.bandwidth.reason = all.rate.reason;
  }

  const FusedSolution& solution_;
  int ep_width_;
};

}  // namespace

FusedFigures FusedEstimates::figures() const {
  return {.launch = Seconds(launch.value),
          .launch_per_rank = Seconds(launch_per_rank.value),
          .read = BytesPerSecond(read.value),
          .rate = FlopPerSecond(rate.value),
          .bandwidth = BytesPerSecond(bandwidth.value),
          .exponent = exponent.value};
}

FusedEstimates estimates_of(const FusedSolution& solution, int ep_width) {
  return EstimateWriter(solution, ep_width).estimates();
}

}  // namespace wideep
