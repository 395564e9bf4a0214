#include "fit/max_affine.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

namespace wideep::max_affine_test {
namespace {

/// a + b x
Observation on_line(double x, double measured) {
  return {measured, {{{0, 1.0}, {1, x}}}};
}

/// max(a + b x, F)
Observation on_floored_line(double x, double measured) {
  return {measured, {{{0, 1.0}, {1, x}}, {{2, 1.0}}}};
}

/// c x
Observation on_ray(double x, double measured) {
  return {measured, {{{0, x}}}};
}

std::size_t count_used(const Solution& solution) {
  return static_cast<std::size_t>(std::count(solution.used.begin(), solution.used.end(), true));
}

TEST_SUITE("fit/max_affine") {
  TEST_CASE("three exact points give the line exactly") {
    const Solution found =
        solve({{on_line(1, 12), on_line(10, 30), on_line(100, 210)}, {1.0, 1.0}});
    CHECK(found.parameters[0] == doctest::Approx(10.0).epsilon(1e-10));
    CHECK(found.parameters[1] == doctest::Approx(2.0).epsilon(1e-10));
    CHECK(found.sigma < 1e-10);
    CHECK(found.freedom == 1);
    CHECK(found.all_determined());
    CHECK(found.fitted[2] == doctest::Approx(210.0));
  }

  TEST_CASE("known numbers stand in for parameters") {
    // a + max(20, b x) with a = 10 and b = 2
    const auto at = [](double x, double measured) {
      return Observation{measured, {{{0, 1.0}, {kKnown, 20.0}}, {{0, 1.0}, {1, x}}}};
    };
    Regression regression{{at(1, 30), at(5, 30), at(20, 50), at(100, 210)}, {}};
    const Solution found = solve_from(regression, {{1.0, 100.0}, {1.0, 1.0}});
    CHECK(found.parameters[0] == doctest::Approx(10.0));
    CHECK(found.parameters[1] == doctest::Approx(2.0));
    CHECK(regression.start == found.parameters);
    CHECK(found.freedom == 2);
    CHECK(found.fitted[0] == doctest::Approx(30.0));
    CHECK(relative_errors(regression, found).size() == 4);
  }

  TEST_CASE("every point counts by its relative error, whatever its size") {
    // sum (m/(c x) - 1) = 0, so c is the mean of m/x. Plain least squares would give 0.9.
    const Solution found = solve({{on_ray(1, 1.1), on_ray(100, 90)}, {0.5}});
    CHECK(found.parameters[0] == doctest::Approx(1.0));
    CHECK(found.sigma == doctest::Approx(std::sqrt(0.01 + 0.01)));
    CHECK(found.covariance[0][0] == doctest::Approx(0.02 / 2));
  }

  TEST_CASE("covariance worked by hand") {
    // Two points at each of two sizes, 10 % to either side of 10 and of 20.
    const Solution found =
        solve({{on_line(0, 9), on_line(0, 11), on_line(1, 18), on_line(1, 22)}, {1.0, 1.0}});
    CHECK(found.parameters[0] == doctest::Approx(10.0));
    CHECK(found.parameters[1] == doctest::Approx(10.0));
    CHECK(found.freedom == 2);
    const double variance = 4 * 0.01 / 2;
    CHECK(found.sigma == doctest::Approx(std::sqrt(variance)));
    CHECK(found.covariance[0][0] == doctest::Approx(variance * 100 / 2));
    CHECK(found.covariance[1][1] == doctest::Approx(variance * (400 + 100) / 2));
    CHECK(found.covariance[0][1] == doctest::Approx(-variance * 100 / 2));
  }

  TEST_CASE("negative estimates are held at 0") {
    // The line through them is 2x - 1; the ray is the mean of 1, 3/2 and 5/3.
    const Solution found =
        solve({{on_line(1, 1), on_line(2, 3), on_line(3, 5)}, {1.0, 1.0}}, false);
    CHECK(found.parameters[0] == 0.0);
    CHECK(found.parameters[1] == doctest::Approx((1.0 + 1.5 + 5.0 / 3) / 3));
  }

  TEST_CASE("the larger of two branches") {
    Regression regression{{}, {5.0, 1.0, 18.0}};
    for (const double x : {1.0, 2.0, 3.0, 6.0, 10.0, 20.0}) {
      regression.observations.push_back(on_floored_line(x, std::max(20.0, 10 + 2 * x)));
    }
    const Solution found = solve(regression);
    CHECK(found.parameters[0] == doctest::Approx(10.0));
    CHECK(found.parameters[1] == doctest::Approx(2.0));
    CHECK(found.parameters[2] == doctest::Approx(20.0));
    CHECK(predict(on_floored_line(1, 1), found.parameters) == doctest::Approx(20.0));
    CHECK(predict(on_floored_line(40, 1), found.parameters) == doctest::Approx(90.0));
  }

  TEST_CASE("what the data do not tell is said to be undetermined") {
    // One size: only the sum of the two is told.
    const Solution one_size = solve({{on_line(3, 16), on_line(3, 17), on_line(3, 15)}, {8.0, 1.0}});
    CHECK_FALSE(one_size.all_determined());
    CHECK(one_size.freedom == 2);
    CHECK(one_size.fitted[0] == doctest::Approx(16.0));
    // A floor below every point never binds.
    Regression idle{{}, {10.0, 2.0, 1.0}};
    for (const double x : {1.0, 2.0, 4.0, 8.0}) {
      idle.observations.push_back(on_floored_line(x, 10 + 2 * x));
    }
    const Solution found = solve(idle, false);
    CHECK(found.determined == std::vector<bool>{true, true, false});
    CHECK(found.covariance[2][2] == 0.0);
  }

  TEST_CASE("gross outliers are left out, near ones and many are not") {
    Regression regression{{}, {1.0, 1.0}};
    for (int at = 0; at < 20; ++at) {
      const double x = std::pow(2.0, 0.5 * at);
      regression.observations.push_back(on_line(x, (10 + 2 * x) * (at % 2 == 0 ? 1.01 : 0.99)));
    }
    const std::vector<double> clean = solve(regression).parameters;
    const auto with = [&](const std::vector<std::pair<std::size_t, double>>& factors) {
      Regression spoilt = regression;
      for (const auto& [at, factor] : factors) spoilt.observations[at].measured *= factor;
      return solve(spoilt);
    };
    const Solution slow = with({{0, 1000.0}});
    CHECK_FALSE(slow.used[0]);
    CHECK(count_used(slow) == 19);
    CHECK(slow.parameters[0] == doctest::Approx(clean[0]).epsilon(0.01));
    CHECK(slow.parameters[1] == doctest::Approx(clean[1]).epsilon(0.01));
    const Solution fast = with({{19, 0.1}, {7, 3.0}, {8, 50.0}});
    CHECK(count_used(fast) == 17);
    CHECK(fast.parameters[0] == doctest::Approx(clean[0]).epsilon(0.02));
    CHECK(fast.parameters[1] == doctest::Approx(clean[1]).epsilon(0.02));
    // 15 % off is many deviations, and no outlier: the law may be that wrong there.
    CHECK(count_used(with({{10, 1.15}})) == 20);
    // More than a fifth: the law is wrong and not the points.
    const Solution many = with({{1, 9.0}, {3, 9.0}, {5, 9.0}, {7, 9.0}, {9, 9.0}});
    CHECK(count_used(many) == 20);
  }

  TEST_CASE("left-out points are predicted from the others") {
    const Regression two{{on_ray(1, 2), on_ray(1, 4)}, {1.0}};
    const std::vector<double> errors = cross_validate(two, {true, true});
    CHECK(errors[0] == doctest::Approx(std::log(2.0 / 4.0)));
    CHECK(errors[1] == doctest::Approx(std::log(4.0 / 2.0)));
    Regression exact{{}, {1.0, 1.0}};
    std::vector<bool> used;
    for (int at = 0; at < 25; ++at) {
      exact.observations.push_back(on_line(at + 1, at == 3 ? 1e6 : 10 + 2.0 * (at + 1)));
      used.push_back(at != 3);
    }
    for (const double error : cross_validate(exact, used)) CHECK(std::abs(error) < 1e-9);
    CHECK(cross_validate(exact, used)[3] == 0.0);
  }

  TEST_CASE("times and sizes in other units give the same law") {
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    Regression small{{}, {1.0, 1.0}};
    Regression large{{}, {1e-6, 1e-12}};
    for (int at = 0; at < 12; ++at) {
      const double x = std::pow(3.0, at);
      const double measured = (10 + 2 * x) * (1 + 0.05 * normal(random));
      small.observations.push_back(on_line(x, measured));
      large.observations.push_back(on_line(1e6 * x, 1e-6 * measured));
    }
    const Solution one = solve(small);
    const Solution other = solve(large);
    CHECK(other.parameters[0] == doctest::Approx(1e-6 * one.parameters[0]).epsilon(1e-8));
    CHECK(other.parameters[1] == doctest::Approx(1e-12 * one.parameters[1]).epsilon(1e-8));
    CHECK(other.sigma == doctest::Approx(one.sigma).epsilon(1e-8));
  }
}

}  // namespace
}  // namespace wideep::max_affine_test
