#include "fit/kernel_law.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include <doctest/doctest.h>

#include "model/layer_costs.h"
#include "support/optimized.h"

namespace wideep::kernel_law_test {
namespace {

constexpr int kDraws = kOptimized ? 60 : 2;
constexpr int kProblems = kOptimized ? 150 : 5;

constexpr int kHidden = 7168;
constexpr int kDomain = 8;

/// One direction of top-8 of 256 experts in fp8, with a byte rule.
CommSeries series_of(Copies copies, int ep_width, int sms = 0) {
  CommSeries series;
  series.kernel = "K";
  series.copies = copies;
  series.ep_width = ep_width;
  series.sms = sms;
  series.hidden_size = kHidden;
  series.gate = {.experts = 256, .top_k = 8};
  series.dtype = "fp8";
  series.gpus_per_domain = kDomain;
  return series;
}

/// Bytes of a token that goes to one rank.
Bytes copy_of(const CommSeries& series) {
  return Bytes(series.hidden_size) + series.header;
}

/// What a kernel takes, from its series and the bytes on either tier.
using TimeOf = std::function<double(const CommSeries&, TierBytes)>;

/// Curves of a kernel that takes so long, 1 to 4,096 tokens.
class Bench {
 public:
  Bench(unsigned seed, double noise) : random_(seed), noise_(noise) {}

  void noise(double value) { noise_ = value; }

  CurveData measure(const CommSeries& series, const TimeOf& time, int gpus_per_domain = kDomain) {
    std::vector<CommSample> samples;
    for (int tokens = 1; tokens <= 4096; tokens *= 2) {
      const Bytes volume = tokens * series.gate.top_k * copy_of(series);
      const double off = 1.0 + noise_ * normal_(random_);
      const double exact = time(series, tier_bytes(series, volume, gpus_per_domain));
      samples.push_back({.series = 0,
                         .tokens = static_cast<double>(tokens),
                         .volume = volume,
                         .time = Seconds(off * exact),
                         .ranks = 1,
                         .place = {}});
    }
    const CurveFit fit = fit_curve(samples);
    REQUIRE(fit.curve);
    return {series, samples, *fit.curve};
  }

  std::vector<CurveData> measure(Copies copies,
                                 const std::vector<int>& widths,
                                 const std::vector<int>& sms,
                                 const TimeOf& time) {
    std::vector<CurveData> all;
    for (const int width : widths) {
      for (const int count : sms) all.push_back(measure(series_of(copies, width, count), time));
    }
    return all;
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  double noise_;
};

/// 10 us at EP 8 and 4 us more for each doubling.
double latency_at(int ep_width) {
  return 1e-6 * (10.0 + 4.0 * std::log2(ep_width / 8.0));
}

/// Two tiers: 280 GB/s inside, 48 GB/s to other domains.
double two_tiers(const CommSeries& series, TierBytes bytes) {
  return latency_at(series.ep_width) +
         std::max(bytes.inside / unit::B / 280e9, bytes.outside / unit::B / 48e9);
}

/// 25 GB/s for each SM up to 320 GB/s inside, and 45 GB/s to other domains.
double by_sms(const CommSeries& series, TierBytes bytes) {
  const double inside = std::min(320e9, 25e9 * series.sms);
  return 30e-6 + std::max(bytes.inside / unit::B / inside, bytes.outside / unit::B / 45e9);
}

double rate_of(const KernelLaw& law, const std::string& what) {
  for (const LawParameter& one : law.parameters) {
    if (one.what == what) return one.estimate.value;
  }
  FAIL("no parameter '" << what << "' in form " << law.form);
  return 0.0;
}

bool covers(const KernelLaw& law, const std::string& what, double truth) {
  return std::any_of(law.parameters.begin(), law.parameters.end(), [&](const LawParameter& one) {
    return one.what == what && one.estimate.low <= truth && truth <= one.estimate.high;
  });
}

TEST_SUITE("fit/kernel_law") {
  TEST_CASE("bytes by tier, counted by hand") {
    // Of EP 32 on domains of 8 a quarter stays inside.
    const TierBytes copies = tier_bytes(series_of(Copies::kPerExpert, 32), Bytes(8e6), kDomain);
    CHECK(copies.inside / unit::B == doctest::Approx(2e6));
    CHECK(copies.outside / unit::B == doctest::Approx(6e6));
    const TierBytes alone = tier_bytes(series_of(Copies::kPerExpert, 8), Bytes(8e6), kDomain);
    CHECK(alone.inside / unit::B == doctest::Approx(8e6));
    CHECK(alone.outside == Bytes(0.0));
    // With one expert a token a copy goes to one of four domains, and three of four are remote.
    CommSeries one = series_of(Copies::kPerDomain, 32);
    one.gate.top_k = 1;
    const TierBytes forwarded = tier_bytes(one, Bytes(8e6), kDomain);
    CHECK(forwarded.inside / unit::B == doctest::Approx(8e6));
    CHECK(forwarded.outside / unit::B == doctest::Approx(6e6));
  }

  TEST_CASE("one width: its latency and bandwidth") {
    Bench bench(1, 0.0);
    const KernelLaw law =
        kernel_law(bench.measure(Copies::kPerExpert, {8}, {0}, two_tiers), kDomain);
    CHECK(law.form == "by_tier");
    CHECK(rate_of(law, "latency at EP 8") == doctest::Approx(10e-6));
    CHECK(rate_of(law, "bandwidth") == doctest::Approx(280e9));
    CHECK_FALSE(law.phase.scale_out);
    CHECK(law.ep_widths == std::vector<int>{8});
    CHECK(law.sms.empty());
    CHECK(law.points == 13);
  }

  TEST_CASE("an exact law of two tiers over EP 8 to 64") {
    Bench bench(1, 0.0);
    const KernelLaw law =
        kernel_law(bench.measure(Copies::kPerExpert, {8, 16, 32, 64}, {0}, two_tiers), kDomain);
    CHECK(law.form == "by_tier");
    CHECK(rate_of(law, "scale-up bandwidth") == doctest::Approx(280e9));
    CHECK(rate_of(law, "scale-out bandwidth") == doctest::Approx(48e9));
    CHECK(law.largest_error < 1e-8);
    CHECK(law.scale_up_unbound.empty());
    // Between the widths as points in log2 P; beyond them straight on.
    for (const int width : {8, 16, 32, 64, 128, 256}) {
      const CommSeries series = series_of(Copies::kPerExpert, width);
      const TierBytes bytes = tier_bytes(series, Bytes(5e6), kDomain);
      CHECK(law.time(width, 0, bytes) / unit::s == doctest::Approx(two_tiers(series, bytes)));
    }
  }

  TEST_CASE("noisy data of two tiers give the right form and both bandwidths") {
    constexpr unsigned kSeed = 31;
    Bench bench(kSeed, 0.03);
    int right = 0;
    int up = 0;
    int out = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      const KernelLaw law =
          kernel_law(bench.measure(Copies::kPerExpert, {8, 16, 32, 64}, {0}, two_tiers), kDomain);
      right += law.form == "by_tier" ? 1 : 0;
      up += covers(law, "scale-up bandwidth", 280e9) ? 1 : 0;
      out += covers(law, "scale-out bandwidth", 48e9) ? 1 : 0;
    }
    MESSAGE(
        "seed ", kSeed, ", ", kDraws, " draws: by_tier in ", right, ", scale-up covered in ", up);
    MESSAGE("scale-out covered in ", out);
    CHECK(right >= 0.95 * kDraws);
    if (!kOptimized) return;
    CHECK(up >= 0.86 * kDraws);  // 95 % less three standard deviations
    CHECK(out >= 0.86 * kDraws);
  }

  TEST_CASE("bandwidths that no tier explains are stated by width") {
    const auto by_width = [](const CommSeries& series, TierBytes bytes) {
      const double rate = series.ep_width == 16 ? 47e9 : series.ep_width == 32 ? 35e9 : 44e9;
      return latency_at(series.ep_width) + bytes.outside / unit::B / rate;
    };
    Bench bench(32, 0.01);
    const KernelLaw law =
        kernel_law(bench.measure(Copies::kPerExpert, {16, 32, 64}, {0}, by_width), kDomain);
    CHECK(law.form == "per_width");
    CHECK(rate_of(law, "scale-out bandwidth at EP 16") == doctest::Approx(47e9).epsilon(0.03));
    CHECK(rate_of(law, "scale-out bandwidth at EP 32") == doctest::Approx(35e9).epsilon(0.03));
    CHECK(rate_of(law, "scale-out bandwidth at EP 64") == doctest::Approx(44e9).epsilon(0.03));
    CHECK(law.scale_up_unbound == std::vector{16, 32, 64});  // nothing says how fast the domain is
  }

  TEST_CASE("a kernel on SMs: so much for each, until the domain or the wire is full") {
    Bench bench(33, 0.01);
    const std::vector<int> sms{4, 8, 12, 16, 20, 24};
    const KernelLaw inside =
        kernel_law(bench.measure(Copies::kPerDomain, {8}, sms, by_sms), kDomain);
    CHECK(inside.form == "sms_shared_cap");
    CHECK(inside.copies == Copies::kPerRank);  // as nothing is forwarded
    CHECK(inside.sms == sms);
    CHECK(rate_of(inside, "scale-up bandwidth of an SM") == doctest::Approx(25e9).epsilon(0.02));
    CHECK(rate_of(inside, "scale-up bandwidth of the domain") ==
          doctest::Approx(320e9).epsilon(0.02));
    const KernelLaw both =
        kernel_law(bench.measure(Copies::kPerDomain, {8, 32}, sms, by_sms), kDomain);
    CHECK(both.copies == Copies::kPerDomain);
    CHECK(rate_of(both, "scale-up bandwidth of an SM") == doctest::Approx(25e9).epsilon(0.02));
    CHECK(rate_of(both, "scale-out bandwidth") == doctest::Approx(45e9).epsilon(0.02));
    const CommSeries series = series_of(Copies::kPerDomain, 32, 10);
    const TierBytes bytes = tier_bytes(series, Bytes(1e8), kDomain);
    CHECK(both.time(32, 10, bytes) / unit::s ==
          doctest::Approx(by_sms(series, bytes)).epsilon(0.02));
  }

  TEST_CASE("a ramp of a kernel on SMs comes back, and is that of the model") {
    const auto filling = [](const CommSeries& series, TierBytes bytes) {
      const double tokens = bytes.inside / tier_bytes(series, 8 * copy_of(series), kDomain).inside;
      return by_sms(series, bytes) + 60e-6 * tokens / (tokens + 400.0);
    };
    Bench bench(36, 0.01);
    const std::vector<int> sms{4, 8, 16, 24};
    const KernelLaw law =
        kernel_law(bench.measure(Copies::kPerDomain, {8, 16}, sms, filling), kDomain);
    CHECK(law.form.ends_with("_ramp"));
    CHECK(law.phase.law == &kRampLaw);
    CHECK(law.phase.law_tokens.at(8) >= 300.0);
    CHECK(law.phase.law_tokens.at(8) <= 500.0);
    for (const int width : {8, 16}) {
      CHECK(law.phase.law_time.at(width) / unit::us == doctest::Approx(60.0).epsilon(0.15));
      const CommSeries series = series_of(Copies::kPerDomain, width, 16);
      const TierBytes bytes = tier_bytes(series, 400 * 8 * copy_of(series), kDomain);
      CHECK(law.time(width, 16, bytes, 400.0) / unit::s ==
            doctest::Approx(filling(series, bytes)).epsilon(0.02));
    }
  }

  TEST_CASE("a floor that all widths share") {
    const auto floored = [](const CommSeries& series, TierBytes bytes) {
      return std::max(40e-6, two_tiers(series, bytes));
    };
    Bench bench(34, 0.01);
    const KernelLaw law =
        kernel_law(bench.measure(Copies::kPerExpert, {8, 16, 32}, {0}, floored), kDomain);
    CHECK(law.form == "by_tier_floor");
    CHECK(rate_of(law, "floor") == doctest::Approx(40e-6).epsilon(0.02));
    CHECK(law.time(8, 0, {Bytes(1.0), Bytes(0.0)}) / unit::us ==
          doctest::Approx(40.0).epsilon(0.02));
  }

  TEST_CASE("a law means the same to the fit and to the model, over random kernels") {
    constexpr unsigned kSeed = 35;
    std::mt19937 random(kSeed);
    const auto whole = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    const auto log_uniform = [&](double low, double high) {
      return std::exp(
          std::uniform_real_distribution<double>(std::log(low), std::log(high))(random));
    };
    MESSAGE("seed ", kSeed, ", ", kProblems, " problems");
    Bench bench(kSeed, 0.0);
    int compared = 0;
    for (int at = 0; at < kProblems; ++at) {
      const int domain = 1 << whole(1, 3);
      CommSeries like = series_of(static_cast<Copies>(whole(0, 3)), 1);
      like.gate.top_k = whole(1, 12);
      like.gate.routing = whole(0, 3) == 0 ? Routing::kBalanced : Routing::kRandom;
      like.header = Bytes(whole(0, 1) * 16.0);
      like.gpus_per_domain = domain;
      const double latency = log_uniform(1e-6, 2e-5);
      const double inside = log_uniform(20e9, 900e9);
      const double outside = log_uniform(10e9, 100e9);
      const bool driven = whole(0, 1) == 1;
      bench.noise(whole(0, 1) * 0.02);
      const auto time = [&](const CommSeries& series, TierBytes bytes) {
        const double up = driven ? inside * series.sms / 24.0 : inside;
        return latency * (1.0 + 0.1 * series.ep_width) +
               std::max(bytes.inside / unit::B / up, bytes.outside / unit::B / outside);
      };
      std::vector<CurveData> curves;
      const int narrowest = whole(1, 4);
      const int widths = whole(1, 3);
      for (int width = narrowest; width < narrowest + widths; ++width) {
        for (const int sms : driven ? std::vector<int>{8, 16, 24} : std::vector<int>{0}) {
          CommSeries series = like;
          series.ep_width = 1 << width;
          series.sms = sms;
          curves.push_back(bench.measure(series, time, domain));
        }
      }
      const KernelLaw law = kernel_law(curves, domain);

      Kernel kernel;
      kernel.dispatch = law.phase;
      kernel.dispatch.header = like.header;
      kernel.combine = kernel.dispatch;
      kernel.copies = law.copies;
      Problem problem;
      problem.workload.model.hidden_size = kHidden;
      problem.workload.model.top_k = like.gate.top_k;
      problem.workload.model.experts = like.gate.experts;
      problem.workload.traffic.routing = like.gate.routing;
      problem.workload.traffic.dispatch_element = Bytes(1.0);
      problem.fabric.gpus_per_domain = domain;
      problem.fabric.kernels = {kernel};
      for (const CurveData& data : curves) {
        const Config config{.ep_width = data.series.ep_width, .sms = data.series.sms};
        const LayerCosts costs = layer_costs(problem, config);
        for (const double tokens : {1.0, 77.0, 5000.0}) {
          const Bytes volume = tokens * like.gate.top_k * copy_of(like);
          const Seconds own =
              law.time(config.ep_width, config.sms, tier_bytes(data.series, volume, domain));
          CHECK(costs.dispatch.time(tokens) / own == doctest::Approx(1.0).epsilon(1e-9));
          ++compared;
        }
      }
    }
    CHECK(compared > 10 * kProblems / 4);
  }
}

}  // namespace
}  // namespace wideep::kernel_law_test
