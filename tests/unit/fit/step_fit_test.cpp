#include "fit/step_fit.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "support/draw.h"
#include "support/optimized.h"

namespace wideep::step_fit_test {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 20'262;
constexpr int kDraws = kOptimized ? 400 : 10;
constexpr StepFigures kGiven{.efficiency = 0.75, .overhead = {}};

StepPoint point(double computed_ms, double measured_ms) {
  StepPoint made;
  made.computed = computed_ms * unit::ms;
  made.measured = measured_ms * unit::ms;
  return made;
}

/// Steps as served with those figures, in ms.
std::vector<StepPoint> served(const std::vector<double>& computed,
                              double efficiency,
                              double extra) {
  std::vector<StepPoint> points;
  points.reserve(computed.size());
  for (const double step : computed) points.push_back(point(step, (step + extra) / efficiency));
  return points;
}

bool covers(const std::optional<Estimate>& estimate, double truth) {
  return estimate && estimate->low <= truth && truth <= estimate->high;
}

TEST_SUITE("fit/step_fit") {
  TEST_CASE("exact rows give both figures, by hand") {
    // (10 + 2)/0.8 = 15, (20 + 2)/0.8 = 27.5, (30 + 2)/0.8 = 40, (40 + 2)/0.8 = 52.5 ms.
    const StepFit fit =
        fit_step({point(10, 15), point(20, 27.5), point(30, 40), point(40, 52.5)}, kGiven);
    CHECK(fit.reason.empty());
    CHECK(fit.serving.efficiency == Approx(0.8));
    CHECK(fit.serving.overhead / unit::ms == Approx(2.0));
    REQUIRE(fit.efficiency.estimate);
    REQUIRE(fit.overhead.estimate);
    CHECK(fit.efficiency.estimate->value == Approx(0.8));
    CHECK(fit.overhead.estimate->value == Approx(2e-3));
    CHECK(fit.errors.largest < 1e-9);
    CHECK(fit.used == 4);
    CHECK(fit.freedom == 2);
    CHECK(fit.time(point(50, 0)) / unit::ms == Approx(65.0));
    // Without either the first row is 10/15 - 1 = -33 % off, which is most.
    CHECK(fit.without.largest == Approx(1.0 / 3.0));
    // With 75 % it is 10/0.75/15 - 1 = -11.1 % off, the last 40/0.75/52.5 - 1 = +1.6 %.
    CHECK(fit.before.largest == Approx(1.0 / 9.0));
    REQUIRE(fit.alone);
    CHECK(fit.alone->largest > 0.05);
    CHECK(fit.alone->largest < fit.before.largest);
  }

  TEST_CASE("known figures come back from noisy rows, and the intervals hold them") {
    Draw draw(kSeed);
    CAPTURE(kSeed);
    int efficiency_held = 0;
    int overhead_held = 0;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const double efficiency = draw.uniform(0.5, 0.8);
      const double extra = draw.uniform(4.0, 8.0);
      std::vector<StepPoint> points;
      for (int row = 0; row < 16; ++row) {
        const double computed = draw.uniform(8.0, 80.0);
        // Of three uniform numbers, nearly normal with a standard deviation of 3 %.
        const double noise =
            0.03 * 2.0 *
            (draw.uniform(-0.5, 0.5) + draw.uniform(-0.5, 0.5) + draw.uniform(-0.5, 0.5));
        points.push_back(point(computed, (computed + extra) / efficiency * (1.0 + noise)));
      }
      const StepFit fit = fit_step(points, kGiven);
      CHECK(fit.serving.efficiency == Approx(efficiency).epsilon(0.15));
      CHECK(std::abs(fit.serving.overhead / unit::ms - extra) < 3.0);
      efficiency_held += covers(fit.efficiency.estimate, efficiency) ? 1 : 0;
      overhead_held += covers(fit.overhead.estimate, 1e-3 * extra) ? 1 : 0;
    }
    MESSAGE("of ",
            kDraws,
            " draws from seed ",
            kSeed,
            " the intervals hold the efficiency in ",
            efficiency_held,
            " and the overhead in ",
            overhead_held);
    CHECK(efficiency_held >= static_cast<int>(0.91 * kDraws));
    CHECK(overhead_held >= static_cast<int>(0.91 * kDraws));
    CHECK(efficiency_held < kDraws + (kOptimized ? 0 : 1));
  }

  TEST_CASE("an efficiency above 100% and an overhead below 0 are held, and said") {
    const std::vector<double> computed{10, 20, 30, 40, 60, 80};
    StepFit fit = fit_step(served(computed, 1.25, 5.0), kGiven);
    CHECK(fit.serving.efficiency == 1.0);
    CHECK(fit.efficiency.held);
    CHECK_FALSE(fit.efficiency.estimate);
    CHECK(fit.efficiency.reason == "the fit wants 125.0%, for which 100% is taken");
    CHECK(fit.serving.overhead >= Seconds(0.0));

    fit = fit_step(served(computed, 0.8, -1.0), kGiven);
    CHECK(fit.overhead.held);
    CHECK(fit.serving.overhead == Seconds(0.0));
    CHECK(fit.overhead.reason == "the fit wants one below 0, for which 0 is taken");
    REQUIRE(fit.efficiency.estimate);
    CHECK(fit.efficiency.estimate->value == Approx(0.84).epsilon(0.03));

    fit = fit_step(served(computed, 1.3, -1.0), kGiven);
    CHECK(fit.efficiency.held);
    CHECK(fit.overhead.held);
    CHECK(fit.serving.efficiency == 1.0);
    CHECK(fit.serving.overhead == Seconds(0.0));
  }

  TEST_CASE("few rows, and steps too near to each other, give the efficiency alone") {
    StepFit fit = fit_step(served({10, 20, 40}, 0.8, 0.0), kGiven);
    CHECK(fit.reason.empty());
    CHECK(fit.overhead.reason == "3 rows; two figures and their errors need 4");
    CHECK_FALSE(fit.overhead.estimate);
    CHECK_FALSE(fit.alone);
    CHECK(fit.serving.efficiency == Approx(0.8));

    fit = fit_step(served({10, 12, 15, 18, 19.9}, 0.8, 0.0), kGiven);
    CHECK(fit.overhead.reason.starts_with("computed steps of 10 ms to 19.9 ms are too near"));
    CHECK(fit_step(served({10, 12, 15, 18, 20}, 0.8, 1.0), kGiven).overhead.estimate);

    // What the rows do not tell is as it was before: (10 + 2)/0.8.
    fit = fit_step(served({10, 12}, 0.8, 2.0), {.efficiency = 0.75, .overhead = 2.0 * unit::ms});
    CHECK(fit.serving.efficiency == Approx(0.8));
    CHECK(fit.serving.overhead / unit::ms == Approx(2.0));

    fit = fit_step(served({10}, 0.8, 2.0), kGiven);
    CHECK(fit.reason == "1 row; an efficiency and its error need 2");
    CHECK(fit_step({}, kGiven).reason == "0 rows; an efficiency and its error need 2");
  }

  TEST_CASE("a gross outlier is left out and named") {
    std::vector<StepPoint> points = served({10, 20, 30, 40, 50, 60, 70, 80}, 0.7, 3.0);
    points[3].measured = 5.0 * points[3].measured;
    const StepFit fit = fit_step(points, kGiven);
    CHECK(fit.outliers == std::vector<std::size_t>{3});
    CHECK(fit.is_outlier(3));
    CHECK(fit.used == 7);
    CHECK(fit.serving.efficiency == Approx(0.7));
    CHECK(fit.serving.overhead / unit::ms == Approx(3.0));
  }

  TEST_CASE("rows held out are predicted from the rest") {
    std::vector<double> computed;
    for (int step = 1; step <= 40; ++step) computed.push_back(2.0 * step);
    const StepFit fit = fit_step(served(computed, 0.7, 3.0), kGiven, 0.25);
    REQUIRE(fit.held_out);
    CHECK(fit.held_out->points > 3);
    CHECK(fit.held_out->points + static_cast<int>(fit.points.size()) == 40);
    CHECK(fit.held_out->largest_error < 1e-9);
  }

  TEST_CASE("the interval of a ratio is Fieller's") {
    // With no error of the bottom it is that of the top, 6 -+ 1.96, over 2.
    const auto sure = ratio_of({.top = 6.0, .bottom = 2.0, .top_variance = 1.0}, 0);
    REQUIRE(sure);
    CHECK(sure->value == Approx(3.0));
    CHECK(sure->se == Approx(0.5));
    CHECK(sure->low == Approx(2.02));
    CHECK(sure->high == Approx(3.98));
    // q (4 - 1.96^2 0.25) - 2 q 12 + 36 = 0 at q = (12 -+ sqrt(144 - 3.0396 36))/3.0396.
    const auto both = ratio_of({.top = 6.0, .bottom = 2.0, .bottom_variance = 0.25}, 0);
    REQUIRE(both);
    CHECK(both->low == Approx(2.0134).epsilon(1e-3));
    CHECK(both->high == Approx(5.8823).epsilon(1e-3));
    CHECK_FALSE(ratio_of({.top = 6.0, .bottom = 2.0, .bottom_variance = 1.1}, 0));
  }
}

}  // namespace
}  // namespace wideep::step_fit_test
