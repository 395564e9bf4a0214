#pragma once

#include <optional>

namespace wideep {

/// An estimate with its uncertainty, in the unit of its name.
struct Estimate {
  double value = 0.0;
  double se = 0.0;   ///< standard error
  double low = 0.0;  ///< of the 95 % confidence interval
  double high = 0.0;
};

/// The same in another unit.
Estimate scaled(const Estimate& estimate, double factor);

/// Student's t of the two-sided 95 % interval with that many degrees of freedom; 0: the standard
/// error is known, and not estimated.
double t_95(int freedom);

// NOLINTBEGIN(bugprone-easily-swappable-parameters): a value, its variance, its freedom

/// value -+ t se, cut at 0, below which no latency or time lies.
Estimate estimate_of(double value, double variance, int freedom);

/// The reciprocal of a slope that is certainly above 0: unset where its interval reaches 0. The
/// interval is that of the slope turned over, so it is not symmetric.
std::optional<Estimate> reciprocal_of(double slope, double variance, int freedom);

// NOLINTEND(bugprone-easily-swappable-parameters)

/// Two estimates of one fit, of which one is divided by the other.
struct RatioParts {
  double top = 0.0;
  double bottom = 1.0;
  double top_variance = 0.0;
  double bottom_variance = 0.0;
  double covariance = 0.0;
};

/// top / bottom, its interval cut at 0: unset where that of the bottom reaches 0. Source: Fieller,
/// J. R. Stat. Soc. B 16 (1954) 175, which is exact for normal estimates.
std::optional<Estimate> ratio_of(const RatioParts& parts, int freedom);

}  // namespace wideep
