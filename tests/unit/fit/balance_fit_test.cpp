#include "fit/balance_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

namespace wideep::balance_fit_test {
namespace {

void add(Measurements& all, BalanceTool tool, int ep_width, const std::vector<double>& values) {
  for (const double value : values) {
    all.balance.push_back(
        {.tool = tool, .straggler_factor = value, .ep_width = ep_width, .place = {}});
  }
}

BalanceFit fit_of(const std::vector<double>& values, int ep_width = 16) {
  Measurements all;
  add(all, BalanceTool::kVllm, ep_width, values);
  const std::vector<BalanceFit> fits = fit_balance(all);
  REQUIRE(fits.size() == 1);
  return fits.front();
}

TEST_SUITE("fit/balance_fit") {
  TEST_CASE("mean, error and 95th percentile worked by hand") {
    // Three batches of three, with means 1.2, 1.5 and 1.8: variance 0.09 of one, 0.03 of the mean.
    const BalanceFit fit = fit_of({1.1, 1.2, 1.3, 1.5, 1.4, 1.6, 1.8, 1.9, 1.7});
    REQUIRE(fit.mean);
    CHECK(fit.mean->value == doctest::Approx(1.5));
    CHECK(fit.mean->se == doctest::Approx(std::sqrt(0.09 / 3)));
    CHECK(fit.mean->low == 1.0);  // no rank is busier than the busiest
    CHECK(fit.mean->high == doctest::Approx(1.5 + t_95(2) * std::sqrt(0.03)));
    CHECK(fit.p95 == 1.9);
    CHECK(fit.values == 9);
    CHECK(fit.left_out == 0);
    CHECK(fit.reason.empty());
    CHECK(fit.tool == BalanceTool::kVllm);
    CHECK(fit.ep_width == 16);

    std::vector<double> hundred;
    for (int at = 1; at <= 100; ++at) hundred.push_back(1.0 + 0.01 * at);
    CHECK(fit_of(hundred).p95 == doctest::Approx(1.95));
  }

  TEST_CASE("by tool and EP width") {
    Measurements all;
    add(all, BalanceTool::kSglang, 8, {1.1, 1.2, 1.1, 1.2});
    add(all, BalanceTool::kTensorRtLlm, 8, {1.5, 1.5, 1.5, 1.5});
    add(all, BalanceTool::kSglang, 16, {1.3, 1.4, 1.3, 1.4});
    add(all, BalanceTool::kSglang, 8, {1.3, 1.3});
    const std::vector<BalanceFit> fits = fit_balance(all);
    REQUIRE(fits.size() == 3);
    CHECK(fits[0].ep_width == 8);
    CHECK(fits[0].values == 6);
    CHECK(fits[0].mean->value == doctest::Approx(1.2));
    CHECK(fits[1].ep_width == 16);
    CHECK(fits[2].tool == BalanceTool::kTensorRtLlm);
    CHECK(fits[2].mean->se == 0.0);
    CHECK(fit_balance({}).empty());
  }

  TEST_CASE("what no group of that width can have is left out and counted") {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    const BalanceFit fit =
        fit_of({1.2, 17.0, 1.2, 0.3, nothing, 1.2, infinite, -1.0, 1.2, 1e9, 16.0}, 16);
    CHECK(fit.values == 5);
    CHECK(fit.left_out == 6);
    CHECK(fit.p95 == 16.0);  // all on one rank is possible
    // As few digits show it.
    const BalanceFit even = fit_of({0.9999, 1.0, 1.0, 1.0}, 4);
    CHECK(even.values == 4);
    CHECK(even.mean->value == 1.0);
  }

  TEST_CASE("what tells no mean has a reason") {
    const BalanceFit nowhere = fit_of({1.1, 1.2, 1.3, 1.4, 1.5}, 0);
    CHECK_FALSE(nowhere.mean);
    CHECK(nowhere.reason == "the log does not say the EP width, and gamma holds at its own only");
    const BalanceFit few = fit_of({1.1, 1.2, 99.0, 1.3});
    CHECK_FALSE(few.mean);
    CHECK(few.reason == "3 values; a mean with its error needs 4");
    CHECK(few.left_out == 1);
  }

  TEST_CASE("the interval covers the mean of steps that resemble their neighbours") {
    constexpr unsigned kSeed = 71;
    constexpr int kDraws = 1000;
    constexpr int kSteps = 900;
    for (const double alike : {0.0, 0.7}) {
      std::mt19937 random(kSeed);
      std::normal_distribution<double> normal;
      int covered = 0;
      int plain = 0;
      for (int draw = 0; draw < kDraws; ++draw) {
        std::vector<double> values;
        double state = normal(random);
        double sum = 0.0;
        double squares = 0.0;
        for (int step = 0; step < kSteps; ++step) {
          values.push_back(1.5 + 0.1 * state);
          sum += values.back();
          squares += values.back() * values.back();
          state = alike * state + std::sqrt(1.0 - alike * alike) * normal(random);
        }
        const BalanceFit fit = fit_of(values);
        REQUIRE(fit.mean);
        covered += fit.mean->low <= 1.5 && 1.5 <= fit.mean->high ? 1 : 0;
        const double mean = sum / kSteps;
        const double independent = std::sqrt((squares / kSteps - mean * mean) / kSteps);
        plain += std::abs(mean - 1.5) <= t_95(kSteps) * independent ? 1 : 0;
      }
      MESSAGE("seed ",
              kSeed,
              ", ",
              kDraws,
              " draws, correlation ",
              alike,
              ": covered in ",
              100.0 * covered / kDraws,
              " %; as if independent in ",
              100.0 * plain / kDraws,
              " %");
      CHECK(covered >= 0.92 * kDraws);
      CHECK(covered <= 0.98 * kDraws);
    }
  }
}

}  // namespace
}  // namespace wideep::balance_fit_test
