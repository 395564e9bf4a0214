#include "fit/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace wideep::errors_test {
namespace {

TEST_SUITE("fit/errors") {
  TEST_CASE("median and largest") {
    const ErrorSummary odd = summary_of({0.3, 0.1, 0.2});
    CHECK(odd.points == 3);
    CHECK(odd.median == 0.2);
    CHECK(odd.largest == 0.3);
    CHECK(summary_of({0.4, 0.1, 0.2, 0.3}).median == 0.3);  // the upper of the middle two
    CHECK(summary_of({}).points == 0);
  }

  TEST_CASE("one law is better than another only beyond noise and by a tenth") {
    const std::vector<double> one{0.10, -0.11, 0.09, 0.10, -0.10, 0.11};
    const std::vector<double> half{0.05, -0.05, 0.05, 0.05, -0.05, 0.05};
    const std::vector<double> hardly{0.095, -0.105, 0.085, 0.095, -0.095, 0.105};
    const std::vector<double> now_and_then{0.01, -0.16, 0.09, 0.10, 0.02, 0.02};
    CHECK(clearly_better(one, half));
    CHECK_FALSE(clearly_better(half, one));
    CHECK_FALSE(clearly_better(one, one));
    CHECK_FALSE(clearly_better(one, hardly));        // better by 5 %
    CHECK_FALSE(clearly_better(one, now_and_then));  // not beyond noise
    CHECK(root_mean_square({3.0, -4.0}) == doctest::Approx(std::sqrt(12.5)));
    CHECK(root_mean_square({}) == 0.0);
  }
}

}  // namespace
}  // namespace wideep::errors_test
