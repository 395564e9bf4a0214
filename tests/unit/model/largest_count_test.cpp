#include "model/largest_count.h"

#include <cmath>
#include <initializer_list>
#include <utility>

#include <doctest/doctest.h>

namespace wideep::largest_count_test {
namespace {

using doctest::Approx;

/// The sum over x of P(largest > x), with the masses from their recurrence, term by term.
double summed(const CountLaw& law, double ranks) {
  constexpr double kNothing = 1e-15;
  const double chance = law.mean / (law.mean + law.shape);
  double mass = std::pow(1.0 - chance, law.shape);
  double below = mass;
  double sum = 0.0;
  for (double x = 0.0; x < law.mean || 1.0 - below > kNothing; x += 1.0) {
    sum += 1.0 - std::pow(below, ranks);
    const double next = mass * chance * (x + law.shape) / (x + 1.0);
    if (x > law.mean && below + next == below) break;
    mass = next;
    below += mass;
  }
  return sum;
}

/// What strides over counts may cost, of the 0.1 % that they are chosen for.
constexpr double kOfStrides = 5e-4;

TEST_SUITE("model/largest_count") {
  TEST_CASE("the larger of two geometric counts") {
    // Shape 1 and mean 1: P(count >= x) = 2^-x. Of two: the sum over x >= 1 of 2 2^-x - 4^-x, which
    // is 2 - 1/3; of three 3 - 3/3 + 1/7.
    CHECK(expected_largest({1.0, 1.0}, 2) == Approx(5.0 / 3).epsilon(1e-6));
    CHECK(expected_largest({1.0, 1.0}, 3) == Approx(2.0 + 1.0 / 7).epsilon(1e-6));
    // Mean 3: P(count >= x) = 0.75^x, so 2 * 3 - 0.5625 / 0.4375.
    CHECK(expected_largest({3.0, 1.0}, 2) == Approx(6.0 - 9.0 / 7).epsilon(1e-6));
  }

  TEST_CASE("the largest of one is the mean") {
    for (const double mean : {0.5, 8.0, 300.0, 1e5, 1e9}) {
      for (const double shape : {0.3, 1.0, 5.0, 1e3, 1e6}) {
        CAPTURE(mean);
        CAPTURE(shape);
        CHECK(expected_largest({mean, shape}, 1) == Approx(mean).epsilon(kOfStrides));
      }
    }
  }

  TEST_CASE("the sum over strides is the sum over every count") {
    for (const double mean : {0.2, 3.0, 40.0, 2000.0}) {
      for (const double shape : {0.5, 2.0, 30.0, 200.0}) {
        for (const double ranks : {2.0, 16.0, 256.0}) {
          CAPTURE(mean);
          CAPTURE(shape);
          CAPTURE(ranks);
          CHECK(expected_largest({mean, shape}, ranks) ==
                Approx(summed({mean, shape}, ranks)).epsilon(kOfStrides));
        }
      }
    }
  }

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

  TEST_CASE("where every count is taken nothing is lost, on the way up nor down") {
    for (const double shape : {30.0, 1e4}) {
      for (const double ranks : {2.0, 16.0, 256.0}) {
        CAPTURE(shape);
        CAPTURE(ranks);
        CHECK(expected_largest({40.0, shape}, ranks) ==
              Approx(summed({40.0, shape}, ranks)).epsilon(1e-7));
      }
    }
  }
}

}  // namespace
}  // namespace wideep::largest_count_test
