#include "fit/estimate.h"

#include <doctest/doctest.h>

namespace wideep::estimate_test {
namespace {

TEST_SUITE("fit/estimate") {
  TEST_CASE("Student's t as tables have it") {
    CHECK(t_95(1) == doctest::Approx(12.706).epsilon(1e-4));
    CHECK(t_95(2) == doctest::Approx(4.303).epsilon(1e-3));
    CHECK(t_95(10) == doctest::Approx(2.228).epsilon(1e-3));
    CHECK(t_95(30) == doctest::Approx(2.042).epsilon(1e-3));
    CHECK(t_95(100'000) == doctest::Approx(1.960).epsilon(1e-3));
  }

  TEST_CASE("value, error and interval") {
    const Estimate found = estimate_of(50.0, 4.0, 10);
    CHECK(found.value == 50.0);
    CHECK(found.se == 2.0);
    CHECK(found.low == doctest::Approx(50.0 - 2.2281 * 2.0));
    CHECK(found.high == doctest::Approx(50.0 + 2.2281 * 2.0));
    CHECK(estimate_of(3.0, 4.0, 10).low == 0.0);  // no time is negative
    const Estimate certain = estimate_of(7.0, 0.0, 1);
    CHECK(certain.low == 7.0);
    CHECK(certain.high == 7.0);
  }

  TEST_CASE("the reciprocal of a slope") {
    const auto found = reciprocal_of(0.02, 1e-6, 10);
    REQUIRE(found);
    CHECK(found->value == doctest::Approx(50.0));
    CHECK(found->se == doctest::Approx(1e-3 / 4e-4));
    CHECK(found->low == doctest::Approx(1.0 / (0.02 + 2.2281e-3)));
    CHECK(found->high == doctest::Approx(1.0 / (0.02 - 2.2281e-3)));
    CHECK(found->high - found->value > found->value - found->low);
    // The interval of the slope reaches 0: it may be that nothing grows.
    CHECK_FALSE(reciprocal_of(0.02, 1e-4, 10));
    CHECK_FALSE(reciprocal_of(0.0, 1e-6, 10));
  }
}

}  // namespace
}  // namespace wideep::estimate_test
