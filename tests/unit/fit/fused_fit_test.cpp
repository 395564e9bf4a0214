#include "fit/fused_fit.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fit/fused_law.h"
#include "support/optimized.h"
#include "support/published_table.h"
#include "support/skip.h"

namespace wideep::fused_fit_test {
namespace {

using doctest::Approx;

constexpr int kDraws = kOptimized ? 200 : 4;

const FusedFigures kTruth{.launch = Seconds(60e-6),
                          .launch_per_rank = Seconds(0.5e-6),
                          .read = BytesPerSecond(6e12),
                          .rate = FlopPerSecond(3e15),
                          .bandwidth = BytesPerSecond(450e9),
                          .exponent = 2.2};

const std::vector<int> kTokens{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 32768};

FusedSeries large() {
  return {.device = "GB200",
          .dtype = "w4a8_mxfp4_mxfp8",
          .weights = WeightType::kMxfp4,
          .hidden_size = 7168,
          .expert_size = 3072,
          .top_k = 6,
          .experts = 384};
}

/// Whose arithmetic is a third of that for a byte that is copied.
FusedSeries small() {
  FusedSeries series = large();
  series.expert_size = 1024;
  series.top_k = 8;
  series.experts = 256;
  return series;
}

/// Draws rows of a law.
struct Generator {
  FusedFigures truth = kTruth;
  double noise = 0.0;
  std::mt19937 random{};

  void add(Measurements& all,
           const FusedSeries& series,
           const std::vector<int>& widths,
           double gamma = 1.0) {
    all.fused_series.push_back(series);
    std::normal_distribution<double> normal;
    for (const int width : widths) {
      for (const int tokens : kTokens) {
        FusedSample sample{.series = all.fused_series.size() - 1,
                           .ep_width = width,
                           .tokens = tokens,
                           .time = {},
                           .place = {}};
        const FusedWork work = work_of(series, sample);
        sample.time =
            std::exp(noise * normal(random)) * cost_of(work, truth, gamma).time(work.tokens);
        all.fused.push_back(sample);
      }
    }
  }
};

Measurements two_sizes(Generator generator = {}) {
  Measurements all;
  generator.add(all, large(), {4, 8, 16, 32});
  generator.add(all, small(), {4, 8, 16, 32});
  return all;
}

Measurements one_size(const std::vector<int>& widths, Generator generator = {}) {
  Measurements all;
  generator.add(all, large(), widths);
  return all;
}

FusedFit fit_one(const Measurements& measurements, const FusedFitOptions& options = {}) {
  const std::vector<FusedFit> fits = fit_fused(measurements, options);
  REQUIRE(fits.size() == 1);
  return fits.front();
}

bool covers(const FusedFigure& figure, double truth) {
  return figure.estimate && figure.estimate->low <= truth && truth <= figure.estimate->high;
}

/// Rows of AIConfigurator's table.
Measurements published(const std::string& gpu) {
  Measurements all;
  for (const Row& row : table("fused/megamoe_" + gpu + ".csv")) {
    const std::string& distribution = row.at("distribution");
    const FusedSeries series{.device = row.at("device"),
                             .dtype = row.at("moe_dtype"),
                             .distribution = distribution == "balanced" ? "" : distribution,
                             .weights = WeightType::kMxfp4,
                             .hidden_size = whole(row, "hidden_size"),
                             .expert_size = whole(row, "inter_size"),
                             .top_k = whole(row, "topk"),
                             .experts = whole(row, "num_experts")};
    const auto known =
        std::find_if(all.fused_series.begin(), all.fused_series.end(), [&](const auto& one) {
          return one.distribution == series.distribution;
        });
    const auto at = static_cast<std::size_t>(known - all.fused_series.begin());
    if (known == all.fused_series.end()) all.fused_series.push_back(series);
    all.fused.push_back({.series = at,
                         .ep_width = whole(row, "ep"),
                         .tokens = whole(row, "num_tokens_per_rank"),
                         .time = number(row, "latency_us") * unit::us,
                         .place = {}});
  }
  return all;
}

TEST_SUITE("fit/fused_law") {
  TEST_CASE("work by hand") {
    // 3 x 7168 x 3072 = 66,060,288 weights of 17/32 B and 2 FLOP; 7168 x (33/32 + 2) B of copies.
    const FusedWork work =
        work_of(large(), {.ep_width = 16, .tokens = 32, .time = {}, .place = {}});
    CHECK(work.expert / unit::B == Approx(35'094'528));
    CHECK(work.arithmetic / Flop(1.0) == Approx(132'120'576));
    CHECK(work.copies / unit::B == Approx(21'728));
    CHECK(work.local_experts == 24);
    // 24 experts are read, 192 tokens computed: 140.4 us, 8.456 us and 9.271 us, after 60 + 8 us.
    const FusedBreakdown at = breakdown(work, kTruth);
    CHECK(at.time / unit::us ==
          Approx(68 +
                 std::pow(std::pow(140.378, 2.2) + std::pow(8.45572, 2.2) + std::pow(9.27061, 2.2),
                          1 / 2.2)));
    CHECK(at.shares[0] + at.shares[1] + at.shares[2] == Approx(1.0));
    const FusedWork alone = work_of(large(), {.ep_width = 1, .tokens = 1, .time = {}, .place = {}});
    CHECK(alone.copies == Bytes(0.0));
    CHECK(breakdown(alone, kTruth).shares[2] == 0.0);
  }

  TEST_CASE("the loss by hand") {
    // s = 5 %: of r = 0.15 the root is s sqrt(2 (sqrt(10) - 1)), the pull r / sqrt(10).
    CHECK(soften(0.15).root == Approx(0.05 * std::sqrt(2.0 * (std::sqrt(10.0) - 1.0))));
    CHECK(soften(-0.15).root == Approx(-soften(0.15).root));
    CHECK(soften(0.15).pull == Approx(0.15 / std::sqrt(10.0)));
    CHECK(soften(7.0).pull == Approx(0.05).epsilon(0.001));
    for (const double r : {-0.4, -0.01, 0.0, 0.002, 0.3}) {
      constexpr double kStep = 1e-6;
      const auto slope = [&](double SoftResidual::*of) {
        return (soften(r + kStep).*of - soften(r - kStep).*of) / (2.0 * kStep);
      };
      CHECK(slope(&SoftResidual::root) == Approx(soften(r).root_slope));
      CHECK(slope(&SoftResidual::pull) == Approx(soften(r).pull_slope));
    }
  }
}

TEST_SUITE("fit/fused_fit") {
  TEST_CASE("exact rows of two sizes give all six figures") {
    const FusedFit fit = fit_one(two_sizes());
    CHECK(fit.reason == "");
    REQUIRE(fit.estimates);
    const FusedEstimates& all = *fit.estimates;
    CHECK(all.launch.value == Approx(60e-6));
    CHECK(all.launch_per_rank.value == Approx(0.5e-6));
    CHECK(all.read.value == Approx(6e12));
    CHECK(all.rate.value == Approx(3e15));
    CHECK(all.bandwidth.value == Approx(450e9));
    CHECK(all.exponent.value == Approx(2.2));
    CHECK_FALSE(all.tied);
    CHECK(all.rate.estimate);
    CHECK(fit.shapes.size() == 2);
    CHECK(fit.ep_widths == std::vector<int>{4, 8, 16, 32});
    CHECK(fit.tokens.least == 1);
    CHECK(fit.tokens.most == 32768);
    CHECK(fit.freedom == 2 * 4 * 14 - 6);
    CHECK(fit.largest_error < 1e-6);
    CHECK(fit.imbalances.empty());
    CHECK_FALSE(fit.held_out);
  }

  TEST_CASE("of any law, at either end of the exponent") {
    for (const double exponent : {1.0, 1.2, 3.0, 8.0}) {
      CAPTURE(exponent);
      Generator generator;
      generator.truth.exponent = exponent;
      generator.truth.launch = Seconds(20e-6);
      const FusedFit fit = fit_one(two_sizes(generator));
      REQUIRE(fit.estimates);
      CHECK(fit.estimates->exponent.value == Approx(exponent).epsilon(1e-3));
      CHECK(fit.estimates->rate.value == Approx(3e15).epsilon(1e-3));
      CHECK(fit.largest_error < 1e-4);
      CHECK(fit.estimates->exponent.estimate.has_value() == (exponent > 1.0));
    }
  }

  TEST_CASE("one size tells what arithmetic and copies take together, and that neither is slower") {
    const FusedFit fit = fit_one(one_size({4, 8, 16, 32}));
    REQUIRE(fit.estimates);
    const FusedEstimates& all = *fit.estimates;
    CHECK(all.tied);
    CHECK_FALSE(all.rate.estimate);
    CHECK_FALSE(all.bandwidth.estimate);
    CHECK(all.rate.reason.find("grow with tokens alone") != std::string::npos);
    CHECK(all.launch.value == Approx(60e-6));
    CHECK(all.launch_per_rank.value == Approx(0.5e-6));
    CHECK(all.read.value == Approx(6e12));
    CHECK(all.exponent.value == Approx(2.2));
    // 132,120,576 / 3e15 = 44.04 ns and 21,728 / 450e9 = 48.28 ns a token are 63.32 ns together,
    // and half of its 2.2th power is that of 46.21 ns.
    const double each =
        std::pow(0.5 * (std::pow(44.0402, 2.2) + std::pow(48.2844, 2.2)), 1 / 2.2) * 1e-9;
    CHECK(all.rate.value == Approx(132'120'576 / each));
    CHECK(all.bandwidth.value == Approx(21'728 / each));
    CHECK(*all.rate.at_least <= 3e15);
    CHECK(*all.bandwidth.at_least <= 450e9);
    CHECK(*all.rate.at_least == Approx(132'120'576 / each * std::pow(2.0, -1 / 2.2)));
    CHECK(fit.largest_error < 1e-6);
    // A rank alone copies nothing, which tells them.
    const FusedFit alone = fit_one(one_size({1, 8, 16, 32}));
    REQUIRE(alone.estimates);
    CHECK_FALSE(alone.estimates->tied);
    CHECK(alone.estimates->rate.value == Approx(3e15));
  }

  TEST_CASE("one width has the launch of its ranks in its launch") {
    const FusedFit fit = fit_one(one_size({8}));
    REQUIRE(fit.estimates);
    CHECK_FALSE(fit.estimates->launch_per_rank.estimate);
    CHECK(fit.estimates->launch_per_rank.value == 0.0);
    CHECK(fit.estimates->launch_per_rank.reason == "measured at EP 8 only: it is in launch");
    CHECK(fit.estimates->launch.value == Approx(64e-6));
    const FusedFit given = fit_one(one_size({8}), {.launch_per_rank = Seconds(0.5e-6)});
    REQUIRE(given.estimates);
    CHECK(given.estimates->launch_per_rank.given);
    CHECK_FALSE(given.estimates->launch_per_rank.estimate);
    CHECK(given.estimates->launch.value == Approx(60e-6));
  }

  TEST_CASE("a launch of ranks below none is none") {
    Generator generator;
    generator.truth.launch_per_rank = Seconds(-0.5e-6);
    const FusedFit fit = fit_one(two_sizes(generator));
    REQUIRE(fit.estimates);
    CHECK(fit.estimates->launch_per_rank.value == 0.0);
    CHECK_FALSE(fit.estimates->launch_per_rank.estimate);
    CHECK(fit.estimates->launch_per_rank.reason.find("the fit wants none") == 0);
  }

  TEST_CASE("known figures come back from noise, within intervals that say how far") {
    int held[6] = {};
    for (int draw = 0; draw < kDraws; ++draw) {
      Generator generator{.noise = 0.03};
      generator.random.seed(static_cast<unsigned>(draw));
      const FusedFit fit = fit_one(two_sizes(generator));
      REQUIRE(fit.estimates);
      const FusedEstimates& all = *fit.estimates;
      held[0] += covers(all.launch, 60e-6);
      held[1] += covers(all.launch_per_rank, 0.5e-6);
      held[2] += covers(all.read, 6e12);
      held[3] += covers(all.rate, 3e15);
      held[4] += covers(all.bandwidth, 450e9);
      held[5] += covers(all.exponent, 2.2);
      CHECK(fit.spread == Approx(0.03).epsilon(0.3));
      CHECK(fit.median_error < 0.04);
    }
    for (const int count : held) {
      MESSAGE(count, " of ", kDraws, " intervals hold the truth");
      CHECK(count >= (kOptimized ? 0.9 * kDraws : kDraws - 1));
    }
  }

  TEST_CASE("outliers hardly move it") {
    Measurements all = two_sizes({.noise = 0.02, .random = std::mt19937(3)});
    for (std::size_t at = 5; at < all.fused.size(); at += 20) {
      all.fused[at].time = 100.0 * all.fused[at].time;
    }
    const FusedFit fit = fit_one(all);
    REQUIRE(fit.estimates);
    CHECK(fit.estimates->launch.value == Approx(60e-6).epsilon(0.05));
    CHECK(fit.estimates->read.value == Approx(6e12).epsilon(0.05));
    CHECK(fit.estimates->rate.value == Approx(3e15).epsilon(0.1));
    CHECK(fit.largest_error > 0.9);
  }

  TEST_CASE("the order of rows does not matter") {
    Measurements all = two_sizes({.noise = 0.02, .random = std::mt19937(3)});
    const FusedFit fit = fit_one(all);
    std::reverse(all.fused.begin(), all.fused.end());
    const FusedFit turned = fit_one(all);
    REQUIRE(fit.estimates);
    REQUIRE(turned.estimates);
    CHECK(turned.estimates->rate.value == Approx(fit.estimates->rate.value).epsilon(1e-6));
  }

  TEST_CASE("devices and types have laws of their own") {
    Measurements all = two_sizes();
    FusedSeries other = large();
    other.dtype = "w4a8_nvfp4_mxfp8";
    other.weights = WeightType::kNvfp4;
    Generator().add(all, other, {4, 8});
    other.device = "GB300";
    Generator().add(all, other, {4, 8});
    const std::vector<FusedFit> fits = fit_fused(all);
    REQUIRE(fits.size() == 3);
    CHECK(fits[0].samples.size() == 112);
    CHECK(fits[1].weights == WeightType::kNvfp4);
    REQUIRE(fits[1].estimates);
    CHECK(fits[1].estimates->read.value == Approx(6e12));
    CHECK(fits[2].device == "GB300");
  }

  TEST_CASE("what rows cannot tell has its reason") {
    const auto reason = [](const std::vector<int>& widths, auto keep) {
      Measurements all = one_size(widths, {.noise = 0.02, .random = std::mt19937(5)});
      std::erase_if(all.fused, [&](const FusedSample& sample) { return !keep(sample.tokens); });
      const FusedFit fit = fit_one(all);
      CHECK_FALSE(fit.estimates);
      return fit.reason;
    };
    const auto any = [](int) { return true; };
    CHECK(reason({1}, any) == "measured at EP 1 only, where nothing is sent");
    CHECK(reason({4, 8}, [](int tokens) { return tokens == 64; }) ==
          "64 tokens per rank are too near each other to tell what a token costs");
    CHECK(reason({4}, [](int tokens) { return tokens >= 512; }) ==
          "5 measurements; the figures and their errors need 7");
    CHECK(reason({4, 8}, [](int tokens) { return tokens <= 8; }).find("measure more tokens") !=
          std::string::npos);
    CHECK(reason({4, 8, 16, 32}, [](int tokens) {
            return tokens >= 16384;
          }).find("measure fewer") != std::string::npos);
    Measurements uneven;
    FusedSeries skewed = large();
    skewed.distribution = "zipf";
    Generator().add(uneven, skewed, {4, 8});
    CHECK(fit_one(uneven).reason == "no row has even routing, or all such rows are held out");
  }

  TEST_CASE("what is held out is predicted from the rest") {
    const Measurements all = two_sizes();
    const FusedFit widths = fit_one(all, {.holdout_widths = {8, 32}});
    REQUIRE(widths.held_out);
    CHECK(widths.held_out->points == 56);
    CHECK(widths.held_out->largest_error < 1e-6);
    CHECK(widths.ep_widths == std::vector<int>{4, 16});
    const FusedFit share = fit_one(all, {.holdout_share = 0.25});
    REQUIRE(share.held_out);
    CHECK(share.held_out->points + static_cast<int>(share.samples.size()) == 112);
    CHECK(share.held_out->points > 10);
    CHECK(share.held_out->largest_error < 1e-6);
    const FusedFit nothing = fit_one(all, {.holdout_widths = {4, 8, 16, 32}});
    REQUIRE(nothing.held_out);
    CHECK(nothing.held_out->reason == "nothing was fitted to what is left");
  }

  TEST_CASE("uneven routing tells the factor that made it") {
    Measurements all = two_sizes();
    FusedSeries skewed = large();
    skewed.distribution = "zipf";
    Generator().add(all, skewed, {1, 8}, 1.4);
    Generator().add(all, skewed, {32}, 5.0);
    const FusedFit fit = fit_one(all);
    CHECK(fit.samples.size() == 112);
    REQUIRE(fit.imbalances.size() == 2);
    CHECK(fit.imbalances[0].ep_width == 8);
    CHECK(fit.imbalances[0].points == 4);
    REQUIRE(fit.imbalances[0].gamma);
    CHECK(fit.imbalances[0].gamma->value == Approx(1.4).epsilon(1e-5));
    CHECK(fit.imbalances[0].median_error < 1e-5);
    CHECK(fit.imbalances[0].even_error > 0.2);
    REQUIRE(fit.imbalances[1].gamma);
    CHECK(fit.imbalances[1].gamma->value == Approx(5.0).epsilon(1e-5));

    Measurements few = two_sizes();
    Generator().add(few, skewed, {8}, 1.4);
    std::erase_if(few.fused, [&](const FusedSample& sample) {
      return sample.series == 2 && sample.tokens >= kLeastSkewedTokens;
    });
    const FusedFit without = fit_one(few);
    REQUIRE(without.imbalances.size() == 1);
    CHECK_FALSE(without.imbalances[0].gamma);
    CHECK(without.imbalances[0].reason == "no row of 1024 tokens per rank or more");
  }
}

TEST_SUITE("fit/fused_fit: published") {
  TEST_CASE("published: the tables are met, each figure as an independent fit has it") {
    if (!published_there()) return;
    struct Known {
      const char* gpu = "";
      double launch = 0.0;     ///< us
      double per_rank = 0.0;   ///< us
      double read = 0.0;       ///< TB/s
      double rate = 0.0;       ///< TFLOP/s, of which and of the next only the sum is told
      double bandwidth = 0.0;  ///< GB/s
      double exponent = 0.0;
    };
    // By scipy's least squares with the same loss.
    for (const Known& known : {Known{"gb200", 66.1, 0.45, 5.963, 3057, 475, 2.22},
                               Known{"gb300", 57.5, 0.0, 5.753, 3560, 556, 2.43},
                               Known{"b200", 57.7, 0.0, 5.997, 2678, 499, 1.54}}) {
      CAPTURE(known.gpu);
      const FusedFit fit = fit_one(published(known.gpu));
      REQUIRE(fit.estimates);
      const FusedEstimates& all = *fit.estimates;
      CHECK(1e6 * all.launch.value == Approx(known.launch).epsilon(0.002));
      CHECK(1e6 * all.launch_per_rank.value == Approx(known.per_rank).epsilon(0.01));
      CHECK(1e-12 * all.read.value == Approx(known.read).epsilon(0.001));
      CHECK(all.exponent.value == Approx(known.exponent).epsilon(0.004));
      CHECK(all.tied);
      const FusedSeries& shape = fit.shapes.front();
      const auto together = [&](double rate, double bandwidth) {
        const double p = known.exponent;
        const double compute = 6.0 * shape.hidden_size * shape.expert_size / (1e12 * rate);
        const double copies = shape.hidden_size * (33.0 / 32 + 2.0) / (1e9 * bandwidth);
        return std::pow(std::pow(compute, p) + std::pow(copies, p), 1.0 / p);
      };
      CHECK(together(1e-12 * all.rate.value, 1e-9 * all.bandwidth.value) ==
            Approx(together(known.rate, known.bandwidth)).epsilon(0.003));
      CHECK(*all.rate.at_least < 1e12 * known.rate);
      CHECK(*all.bandwidth.at_least < 1e9 * known.bandwidth);
      CHECK(fit.median_error < 0.04);
      for (const FusedImbalance& one : fit.imbalances) {
        REQUIRE(one.gamma);
        CHECK(one.gamma->value > 1.0);
        CHECK(one.gamma->value < one.ep_width);
        CHECK(one.median_error < one.even_error);
      }
    }
  }

  TEST_CASE("published: widths that were left out are predicted") {
    if (!published_there()) return;
    struct Left {
      const char* gpu = "";
      int ep_width = 0;
    };
    for (const Left& left : {Left{"gb300", 12},
                             Left{"gb300", 16},
                             Left{"gb200", 4},
                             Left{"gb200", 8},
                             Left{"gb200", 16}}) {
      CAPTURE(left.gpu);
      CAPTURE(left.ep_width);
      const FusedFit fit = fit_one(published(left.gpu), {.holdout_widths = {left.ep_width}});
      REQUIRE(fit.held_out);
      CHECK(fit.held_out->points >= 16);
      CHECK(fit.held_out->median_error < 0.08);
    }
  }
}

}  // namespace
}  // namespace wideep::fused_fit_test
