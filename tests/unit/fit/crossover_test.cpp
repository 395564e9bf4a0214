#include "fit/crossover.h"

#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "support/optimized.h"

namespace wideep::crossover_test {
namespace {

constexpr int kDraws = kOptimized ? 60 : 3;

constexpr double kBytesPerToken = 40'000.0;

/// One direction of a kernel.
struct Truth {
  const char* kernel;
  double latency;    // us
  double bandwidth;  // GB/s
};

constexpr Truth kQuick{"LL", 10.0, 40.0};
constexpr Truth kFast{"HT", 40.0, 80.0};

CurveData curve_of(const Truth& truth,
                   Direction direction,
                   const std::vector<double>& tokens,
                   double noise = 0.0,
                   unsigned seed = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  CommSeries series;
  series.kernel = truth.kernel;
  series.direction = direction;
  series.ep_width = 16;
  std::vector<CommSample> samples;
  for (const double count : tokens) {
    const double us = truth.latency + count * kBytesPerToken / (1e3 * truth.bandwidth);
    samples.push_back({.series = 0,
                       .tokens = count,
                       .volume = Bytes(count * kBytesPerToken),
                       .time = (1.0 + noise * normal(random)) * us * unit::us,
                       .ranks = 1,
                       .place = {}});
  }
  const CurveFit fit = fit_curve(samples);
  REQUIRE(fit.curve);
  return {series, samples, *fit.curve};
}

/// Both directions alike.
struct Both {
  CurveData dispatch;
  CurveData combine;

  Both(const Truth& truth, const std::vector<double>& tokens, double noise = 0.0, unsigned seed = 0)
      : dispatch(curve_of(truth, Direction::kDispatch, tokens, noise, 2 * seed)),
        combine(curve_of(truth, Direction::kCombine, tokens, noise, 2 * seed + 1)) {}

  [[nodiscard]] KernelCurves curves() const { return {&dispatch, &combine}; }
};

const std::vector<double> kTokens{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

TEST_SUITE("fit/crossover") {
  TEST_CASE("worked by hand") {
    // A token takes 1 us on LL and half of that on HT, each way: 20 us + 2 T = 80 us + T.
    const Both quick(kQuick, kTokens);
    const Both fast(kFast, kTokens);
    const auto found = crossover(quick.curves(), fast.curves());
    REQUIRE(found);
    CHECK(found->below == "LL");
    CHECK(found->above == "HT");
    CHECK(found->ep_width == 16);
    CHECK(found->sms == 0);
    REQUIRE(found->tokens);
    CHECK(*found->tokens == doctest::Approx(60.0).epsilon(1e-6));
    CHECK(found->volume / unit::B == doctest::Approx(60 * kBytesPerToken).epsilon(1e-6));
    REQUIRE(found->low);
    REQUIRE(found->high);
    CHECK(*found->low == doctest::Approx(60.0).epsilon(1e-4));
    CHECK(*found->high == doctest::Approx(60.0).epsilon(1e-4));
    CHECK(found->reason.empty());
    // The other way round it is the same.
    const auto turned = crossover(fast.curves(), quick.curves());
    REQUIRE(turned);
    CHECK(turned->below == "LL");
    CHECK(*turned->tokens == doctest::Approx(60.0).epsilon(1e-6));
    CHECK(turned->volume / unit::B == doctest::Approx(60 * kBytesPerToken).epsilon(1e-6));
  }

  TEST_CASE("measured times are interpolated between the sizes that both were measured at") {
    // At 32 tokens 84 us to 112 us, at 64 tokens 148 us to 144 us.
    const Both quick(kQuick, {1, 8, 32, 64, 512, 1000});
    const Both fast(kFast, {1, 16, 32, 64, 512, 2000});
    const auto found = crossover(quick.curves(), fast.curves());
    REQUIRE(found);
    REQUIRE(found->measured);
    const double before = std::log(84.0 / 112.0);
    const double after = std::log(148.0 / 144.0);
    CHECK(*found->measured ==
          doctest::Approx(32.0 * std::pow(2.0, before / (before - after))).epsilon(1e-6));
    CHECK(found->measured_reason.empty());

    const Both elsewhere(kFast, {3, 5, 9, 17, 33, 64});
    const auto apart = crossover(quick.curves(), elsewhere.curves());
    REQUIRE(apart);
    CHECK_FALSE(apart->measured);
    CHECK(apart->measured_reason == "the two were not measured at the same sizes");
    const Both small(kFast, {1, 2, 4, 8, 16, 32});
    const auto below = crossover(Both(kQuick, {1, 2, 4, 8, 16, 32}).curves(), small.curves());
    REQUIRE(below);
    CHECK(below->tokens);
    CHECK_FALSE(below->measured);
    CHECK(below->measured_reason == "at none of 6 sizes measured with both does HT overtake");
  }

  TEST_CASE("a kernel that is better at every size, and logs that count no tokens") {
    const Both better({"A", 10.0, 80.0}, kTokens);
    const Both worse({"B", 20.0, 40.0}, kTokens);
    const auto found = crossover(worse.curves(), better.curves());
    REQUIRE(found);
    CHECK_FALSE(found->tokens);
    CHECK(found->reason == "A is faster at every size");
    Both quick(kQuick, kTokens);
    Both fast(kFast, kTokens);
    for (Both* one : {&quick, &fast}) {
      for (CurveData* data : {&one->dispatch, &one->combine}) {
        for (CommSample& sample : data->samples) sample.tokens = 0.0;
      }
    }
    CHECK_FALSE(crossover(quick.curves(), fast.curves()));
  }

  TEST_CASE("one series may be both directions") {
    const CurveData plain = curve_of({"NCCL", 40.0, 80.0}, Direction::kEither, kTokens);
    const Both quick(kQuick, kTokens);
    const auto found = crossover(quick.curves(), {&plain, &plain});
    REQUIRE(found);
    REQUIRE(found->tokens);
    CHECK(*found->tokens == doctest::Approx(60.0).epsilon(1e-6));
  }

  TEST_CASE("the interval covers the truth") {
    constexpr unsigned kSeed = 51;
    int covered = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      const auto seed = kSeed + 2 * static_cast<unsigned>(draw);
      const Both quick(kQuick, kTokens, 0.05, seed);
      const Both fast(kFast, kTokens, 0.05, seed + 1);
      const auto found = crossover(quick.curves(), fast.curves());
      REQUIRE(found);
      REQUIRE(found->tokens);
      const double low = found->low.value_or(0.0);
      const double high = found->high.value_or(1e300);
      CHECK(low <= *found->tokens);
      CHECK(high >= *found->tokens);
      covered += low <= 60.0 && 60.0 <= high ? 1 : 0;
    }
    MESSAGE("seeds from ", kSeed, ", ", kDraws, " draws: 60 tokens are covered in ", covered);
    CHECK(covered >= 0.93 * kDraws);
  }
}

}  // namespace
}  // namespace wideep::crossover_test
