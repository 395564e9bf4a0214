#include "fit/curve.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "support/optimized.h"

namespace wideep::curve_test {
namespace {

/// A curve of which everything is known.
struct Truth {
  double latency = 20e-6;  // s
  double bandwidth = 50e9;
  double floor = 0.0;

  [[nodiscard]] double time(double bytes) const {
    return std::max(floor, latency + bytes / bandwidth);
  }
};

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  double normal() { return normal_(random_); }
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  double log_uniform(double low, double high) {
    return std::exp(uniform(std::log(low), std::log(high)));
  }
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  Truth truth() {
    return {.latency = log_uniform(5e-6, 200e-6), .bandwidth = log_uniform(10e9, 900e9)};
  }

  /// Sizes over three decades around the one at which latency and bandwidth matter alike.
  std::vector<CommSample> samples(const Truth& truth, double noise, int points) {
    constexpr double kDecades = 3.0;
    const double middle = truth.latency * truth.bandwidth;
    std::vector<CommSample> all;
    for (int at = 0; at < points; ++at) {
      const double share = static_cast<double>(at) / (points - 1) - 0.5;
      const double bytes = middle * std::pow(10.0, kDecades * share);
      const double off = std::max(0.1, 1.0 + noise * normal());
      all.push_back(
          {.volume = Bytes(bytes), .time = Seconds(off * truth.time(bytes)), .place = {}});
    }
    return all;
  }

  std::vector<CommSample> samples(const Truth& truth, double noise) {
    return samples(truth, noise, whole(16, 24));
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
};

bool covers(const Estimate& estimate, double truth) {
  return estimate.low <= truth && truth <= estimate.high;
}

/// bytes and us.
std::vector<CommSample> points(const std::vector<std::pair<double, double>>& all) {
  std::vector<CommSample> samples;
  samples.reserve(all.size());
  for (const auto& [bytes, us] : all) {
    samples.push_back({.volume = Bytes(bytes), .time = us * unit::us, .place = {}});
  }
  return samples;
}

std::string reason_of(const std::vector<std::pair<double, double>>& all) {
  const CurveFit found = fit_curve(points(all));
  CHECK_FALSE(found.curve);
  return found.reason;
}

TEST_SUITE("fit/curve") {
  TEST_CASE("exact points give latency and bandwidth exactly") {
    // 20 us and 50 GB/s: 1 MB takes 20 us more.
    const CurveFit found = fit_curve(points({{1e6, 40}, {2e6, 60}, {4e6, 100}, {10e6, 220}}));
    REQUIRE(found.curve);
    const Curve& curve = *found.curve;
    CHECK(found.reason.empty());
    CHECK(curve.form == CurveForm::kAffine);
    CHECK(curve.latency.value == doctest::Approx(20e-6));
    CHECK(curve.bandwidth.value == doctest::Approx(50e9));
    CHECK(curve.latency.se < 1e-12);
    CHECK(curve.slope == doctest::Approx(1.0 / 50e9));
    CHECK(curve.points == 4);
    CHECK(curve.outliers.empty());
    CHECK(curve.freedom == 2);
    CHECK(curve.least == Bytes(1e6));
    CHECK(curve.most == Bytes(10e6));
    CHECK(curve.largest_error < 1e-9);
    CHECK(curve.time(Bytes(5e6)) / unit::us == doctest::Approx(120.0));
    CHECK(curve.reaches >= Bytes(70e6));  // eight times the largest, less a step
    CHECK(curve.reaches <= Bytes(80e6));
  }

  TEST_CASE("errors and intervals worked by hand") {
    // Two measurements at each of two sizes, 10 % to either side of 20 us and of 40 us.
    const CurveFit found = fit_curve(points({{1e6, 18}, {1e6, 22}, {3e6, 36}, {3e6, 44}}));
    REQUIRE(found.curve);
    const Curve& curve = *found.curve;
    CHECK(curve.latency.value == doctest::Approx(10e-6));
    CHECK(curve.bandwidth.value == doctest::Approx(100e9));
    const double variance = 4 * 0.01 / 2;  // of measured / fitted, two degrees of freedom
    CHECK(curve.spread == doctest::Approx(std::sqrt(variance)));
    const double near = variance * 20 * 20 / 2;  // of the mean at 1 MB, us^2
    const double far = variance * 40 * 40 / 2;
    CHECK(curve.latency.se == doctest::Approx(1e-6 * std::sqrt((9 * near + far) / 4)));
    CHECK(curve.slope_variance == doctest::Approx(1e-24 * (near + far) / 4));
    CHECK(curve.latency_slope_covariance == doctest::Approx(-1e-18 * (3 * near + far) / 4));
    CHECK(curve.latency.low == 0.0);
    CHECK(curve.latency.high == doctest::Approx(curve.latency.value + t_95(2) * curve.latency.se));
    CHECK(curve.median_error == doctest::Approx(0.1).epsilon(0.12));
  }

  TEST_CASE("95 % intervals cover the truth in 95 % of the draws") {
    struct Level {
      unsigned seed;
      double noise;
    };
    constexpr int kDraws = kOptimized ? 2000 : 8;
    for (const auto& [seed, noise] :
         {Level{21, 0.01}, Level{22, 0.05}, Level{23, 0.10}, Level{24, 0.20}}) {
      Draw draw(seed);
      int latency = 0;
      int bandwidth = 0;
      for (int at = 0; at < kDraws; ++at) {
        const Truth truth = draw.truth();
        const CurveFit found = fit_curve(draw.samples(truth, noise));
        REQUIRE(found.curve);
        latency += covers(found.curve->latency, truth.latency) ? 1 : 0;
        bandwidth += covers(found.curve->bandwidth, truth.bandwidth) ? 1 : 0;
      }
      const double of_latency = static_cast<double>(latency) / kDraws;
      const double of_bandwidth = static_cast<double>(bandwidth) / kDraws;
      MESSAGE("seed ",
              seed,
              ", noise ",
              100 * noise,
              " %, ",
              kDraws,
              " draws: intervals cover L in ",
              100 * of_latency,
              " %, BW in ",
              100 * of_bandwidth,
              " %");
      if (!kOptimized) continue;
      CHECK(std::abs(of_latency - 0.95) <= 0.02);
      CHECK(std::abs(of_bandwidth - 0.95) <= 0.02);
    }
  }

  TEST_CASE("gross outliers move latency and bandwidth by less than a standard error") {
    constexpr unsigned kSeed = 12;
    constexpr int kDraws = kOptimized ? 250 : 4;
    for (const double noise : {0.02, 0.10}) {
      Draw draw(kSeed);
      double moved_latency = 0.0;
      double moved_bandwidth = 0.0;
      int far = 0;
      for (int at = 0; at < kDraws; ++at) {
        const Truth truth = draw.truth();
        std::vector<CommSample> samples = draw.samples(truth, noise, 20);
        const CurveFit clean = fit_curve(samples);
        // One of twenty, slow by 3 to 100, one time in four as fast instead.
        const double factor = draw.log_uniform(3.0, 100.0);
        CommSample& spoilt = samples[static_cast<std::size_t>(draw.whole(0, 19))];
        spoilt.time = draw.uniform(0.0, 1.0) < 0.25 ? spoilt.time / factor : factor * spoilt.time;
        const CurveFit found = fit_curve(samples);
        REQUIRE(clean.curve);
        REQUIRE(found.curve);
        const auto moved = [](const Estimate& from, const Estimate& to) {
          return std::abs(to.value - from.value) / from.se;
        };
        const double latency = moved(clean.curve->latency, found.curve->latency);
        const double bandwidth = moved(clean.curve->bandwidth, found.curve->bandwidth);
        moved_latency += latency / kDraws;
        moved_bandwidth += bandwidth / kDraws;
        far += latency >= 1.0 || bandwidth >= 1.0 ? 1 : 0;
      }
      MESSAGE("seed ",
              kSeed,
              ", noise ",
              100 * noise,
              " %, ",
              kDraws,
              " draws: an outlier in 20 points moves L by ",
              moved_latency,
              " and BW by ",
              moved_bandwidth,
              " standard errors on average; by one or more in ",
              100.0 * far / kDraws,
              " %");
      CHECK(moved_latency < 0.5);
      CHECK(moved_bandwidth < 0.5);
      if (kOptimized) CHECK(far <= 0.05 * kDraws);
    }
  }

  TEST_CASE("the form that made the data is chosen") {
    constexpr unsigned kSeed = 13;
    constexpr int kDraws = kOptimized ? 200 : 5;
    Draw draw(kSeed);
    int affine = 0;
    int floored = 0;
    int covered = 0;
    for (int at = 0; at < kDraws; ++at) {
      Truth truth = draw.truth();
      const CurveFit line = fit_curve(draw.samples(truth, draw.log_uniform(0.01, 0.2)));
      affine += line.curve && line.curve->form == CurveForm::kAffine ? 1 : 0;
      truth.floor = draw.uniform(1.5, 3.0) * truth.latency;
      const CurveFit floor = fit_curve(draw.samples(truth, 0.02));
      if (!floor.curve || floor.curve->form != CurveForm::kFloor) continue;
      ++floored;
      covered += covers(*floor.curve->floor, truth.floor) ? 1 : 0;
      CHECK(floor.curve->bandwidth.value == doctest::Approx(truth.bandwidth).epsilon(0.1));
    }
    MESSAGE("seed ",
            kSeed,
            ", ",
            kDraws,
            " draws: lines are taken for lines in ",
            100.0 * affine / kDraws,
            " %, floors for floors in ",
            100.0 * floored / kDraws,
            " %, whose intervals cover them in ",
            100.0 * covered / std::max(1, floored),
            " %");
    CHECK(affine >= 0.95 * kDraws);
    CHECK(floored >= 0.95 * kDraws);
    if (kOptimized) CHECK(covered >= 0.88 * floored);  // 95 % less four standard deviations
  }

  TEST_CASE("limits: no latency, and what does not tell a curve") {
    const CurveFit found = fit_curve(points({{1e6, 20}, {2e6, 40}, {4e6, 80}, {8e6, 160}}));
    REQUIRE(found.curve);
    CHECK(found.curve->latency.value < 1e-12);
    CHECK(found.curve->latency.low == 0.0);
    CHECK(found.curve->bandwidth.value == doctest::Approx(50e9));

    CHECK(reason_of({{1e6, 40}}) ==
          "measured at one size only, 1 MB: latency and bandwidth cannot be told apart");
    CHECK(reason_of({{1e6, 40}, {1e6, 41}, {1e6, 42}, {1e6, 40}, {1e6, 41}}) ==
          "measured at one size only, 1 MB: latency and bandwidth cannot be told apart");
    CHECK(reason_of({{1e6, 40}, {1.5e6, 50}, {1.2e6, 44}, {1.1e6, 42}}) ==
          "sizes from 1 MB to 1.5 MB are too near to tell latency from bandwidth");
    CHECK(reason_of({{1e6, 40}, {2e6, 60}, {4e6, 100}}) ==
          "3 measurements; two parameters and their errors need 4");
    CHECK(reason_of({{1e3, 40}, {2e3, 41}, {4e3, 40}, {8e3, 39}, {16e3, 40}, {32e3, 41}}) ==
          "the time does not grow clearly from 1 kB to 32 kB: measure larger sizes");
    CHECK(reason_of({{1e3, 40}, {1e4, 30}, {1e5, 20}, {1e6, 10}}) ==
          "the time does not grow clearly from 1 kB to 1 MB: measure larger sizes");
  }

  TEST_CASE("the first call among others is an outlier, and is named") {
    Draw draw(14);
    const Truth truth;
    std::vector<CommSample> samples = draw.samples(truth, 0.01, 20);
    samples[0].time = 73.0 * unit::ms;
    const CurveFit found = fit_curve(samples);
    REQUIRE(found.curve);
    CHECK(found.curve->outliers == std::vector<std::size_t>{0});
    CHECK(found.curve->points == 19);
    CHECK(found.curve->least == samples[1].volume);
    CHECK(found.curve->largest_error < 0.05);
  }

  TEST_CASE("an uncertain curve reaches less far than a certain one") {
    Draw draw(15);
    const Truth truth;
    const CurveFit good = fit_curve(draw.samples(truth, 0.01, 20));
    const CurveFit bad = fit_curve(draw.samples(truth, 0.3, 20));
    REQUIRE(good.curve);
    REQUIRE(bad.curve);
    CHECK(good.curve->reaches > 7.0 * good.curve->most);
    CHECK(bad.curve->reaches < good.curve->reaches);
    CHECK(bad.curve->reaches >= bad.curve->most);
  }
}

}  // namespace
}  // namespace wideep::curve_test
