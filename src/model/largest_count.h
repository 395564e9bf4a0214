#pragma once

namespace wideep {

/// A negative binomial law: a Poisson count whose mean is a gamma variate of this shape.
struct CountLaw {
  double mean;
  double shape;
};

/// Beyond this shape a negative binomial is a Poisson law, in every digit.
inline constexpr double kPoissonShape = 1e200;

/// E[largest of `ranks` independent counts], sum_m (1 - F(m)^ranks), from the top down: so tails
/// keep their digits, and the walk ends where the largest never is. `ranks` need not be whole.
double expected_largest(const CountLaw& law, double ranks);

}  // namespace wideep
