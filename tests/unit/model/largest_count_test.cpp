#include "model/largest_count.h"

#include <cmath>
#include <initializer_list>

#include <doctest/doctest.h>

namespace wideep {
namespace {

using doctest::Approx;

TEST_SUITE("model/largest_count") {
  TEST_CASE("the largest of one draw is its mean, to seven digits") {
    // No count that matters is left out below, nor above; at these means every count is taken.
    for (const double mean : {5.0, 30.0, 100.0}) {
      CAPTURE(mean);
      CHECK(expected_largest({mean, kPoissonShape}, 1.0) == Approx(mean).epsilon(1e-7));
    }
  }

  TEST_CASE("the larger of two Poisson draws, term by term") {
    // sum_m 1 - F(m)^2 over m = 0, 1, ...
    for (const double mean : {2.0, 30.0}) {
      CAPTURE(mean);
      double mass = std::exp(-mean);
      double below = mass;
      double sum = 0.0;
      for (int m = 0; m < 300; ++m) {
        sum += 1.0 - below * below;
        mass *= mean / (m + 1);
        below += mass;
      }
      CHECK(expected_largest({mean, kPoissonShape}, 2.0) == Approx(sum).epsilon(1e-7));
    }
  }
}

}  // namespace
}  // namespace wideep
