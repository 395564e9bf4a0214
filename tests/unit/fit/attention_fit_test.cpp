#include "fit/attention_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "support/deepseek_layer.h"
#include "support/optimized.h"
#include "support/published_table.h"
#include "support/skip.h"

namespace wideep::attention_fit_test {
namespace {

constexpr int kDraws = kOptimized ? 200 : 3;

const std::vector<int> kBatches{8, 16, 32, 64, 128, 256, 512, 1024};
const std::vector<int> kContexts{128, 512, 1024, 2048, 4096, 8192};

struct DataSheet {
  double hbm = 3.35;  ///< TB/s
  double hbm_efficiency = 0.8;
  double bf16 = 989;  ///< TFLOP/s
  double fp8 = 1979;
};

Gpu gpu_of(const DataSheet& sheet) {
  Gpu gpu;
  gpu.hbm_bandwidth = BytesPerSecond(1e12 * sheet.hbm);
  gpu.hbm_efficiency = sheet.hbm_efficiency;
  gpu.bf16_rate = FlopPerSecond(1e12 * sheet.bf16);
  gpu.fp8_rate = FlopPerSecond(1e12 * sheet.fp8);
  return gpu;
}

AttentionSetting setting() {
  return {deepseek_layer(), gpu_of({})};
}

const DenseFigures kTruth{.launch = Seconds(50e-6),
                          .projection_efficiency = 0.4,
                          .activation_passes = 1.0,
                          .context = {.efficiency = 0.6}};

void add(Measurements& all, Phase phase, int sequences, int context, Seconds time) {
  all.attention_series.resize(2);
  all.attention_series[0].phase = Phase::kDecode;
  all.attention_series[1].phase = Phase::kPrefill;
  all.attention.push_back({.series = phase == Phase::kDecode ? 0U : 1U,
                           .sequences = sequences,
                           .context = context,
                           .time = time,
                           .place = {}});
}

/// What the model says, with noise.
struct Generator {
  DenseFigures truth = kTruth;
  double noise = 0.0;
  std::mt19937 random{};

  Seconds time(Phase phase, int sequences, int context) {
    Gpu gpu = gpu_of({});
    gpu.decode = gpu.prefill = truth;
    gpu.prefill.activation_passes = 0.0;  // not told apart from the arithmetic
    const double tokens = phase == Phase::kDecode ? sequences : 1.0 * sequences * context;
    std::normal_distribution<double> normal;
    return (1.0 + noise * normal(random)) *
           dense_work(deepseek_layer(), gpu, {phase, context}).time(tokens);
  }

  Measurements measure(Phase phase,
                       const std::vector<int>& batches = kBatches,
                       const std::vector<int>& contexts = kContexts) {
    Measurements all;
    for (const int batch : batches) {
      for (const int context : contexts) {
        add(all, phase, batch, context, time(phase, batch, context));
      }
    }
    return all;
  }
};

AttentionFit fit_one(const Measurements& measurements,
                     const AttentionSetting& of = setting(),
                     double holdout = 0.0) {
  const std::vector<AttentionFit> fits = fit_attention(measurements, of, holdout);
  REQUIRE(fits.size() == 1);
  return fits.front();
}

bool covers(const std::optional<Estimate>& estimate, double truth) {
  return estimate && estimate->low <= truth && truth <= estimate->high;
}

/// Rows of AIConfigurator's table of 128 heads.
Measurements published(Phase phase, const std::string& gpu) {
  Measurements all;
  std::map<std::string, std::size_t> series;
  std::string name = phase == Phase::kDecode ? "attention/mla_decode." : "attention/mla_prefill.";
  name.append(gpu).append(".csv");
  for (const Row& row : table(name)) {
    if (whole(row, "num_heads") != 128 || whole(row, "tp_size") != 1) continue;
    const auto [at, fresh] = series.try_emplace(row.at("kernel_source"), series.size());
    if (fresh) {
      all.attention_series.push_back({.device = row.at("device"),
                                      .kernel = at->first,
                                      .dtype = "fp8",
                                      .cache_dtype = "fp8",
                                      .phase = phase});
    }
    all.attention.push_back({.series = at->second,
                             .sequences = whole(row, "batch_size"),
                             .context = whole(row, "isl") + whole(row, "step"),
                             .time = number(row, "latency") * unit::ms,
                             .place = {}});
  }
  return all;
}

TEST_SUITE("fit/attention_fit") {
  TEST_CASE("exact data give the three figures, of either phase") {
    for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
      const AttentionFit fit = fit_one(Generator{}.measure(phase));
      CHECK(fit.reason.empty());
      CHECK(fit.phase == phase);
      REQUIRE(fit.estimates);
      REQUIRE(fit.estimates->projection.estimate);
      REQUIRE(fit.estimates->context.estimate);
      CHECK(1e6 * fit.estimates->launch.value == doctest::Approx(50.0));
      CHECK(fit.estimates->projection.value == doctest::Approx(0.4));
      CHECK(fit.estimates->context.value == doctest::Approx(0.6));
      CHECK(fit.points == 48);
      CHECK(fit.freedom == 45);
      CHECK(fit.largest_error < 1e-6);
      CHECK(fit.outliers.empty());
      CHECK(fit.left_out == 0);
      CHECK(fit.sequences.least == 8.0);
      CHECK(fit.sequences.most == 1024.0);
      CHECK(fit.context.least == 128.0);
      CHECK(fit.context.most == 8192.0);
    }
    // By hand: W = (7168 + 128 * 192) * 1536 + 7168 * 576 + 512 * 128 * 256 + 7168 * 16384 =
    // 187,105,280 weights, so that 1,024 sequences compute 2 * W * 1024 / (1979e12 * 0.4) = 484.1
    // us; 4,096 positions of 2 * 128 * 1088 FLOP take 1024 * 4096 * 278,528 / (989e12 * 0.6) =
    // 1968.7 us; 878,848 B of activations a token take 335.8 us at 2.68 TB/s.
    const AttentionFit fit = fit_one(Generator{}.measure(Phase::kDecode));
    CHECK(fit.time({.sequences = 1024, .context = 4096, .time = {}, .place = {}}) / unit::us ==
          doctest::Approx(50.0 + 484.1 + 335.8 + 1968.7).epsilon(1e-4));
  }

  TEST_CASE("intervals of 95 % cover the figures that made noisy data") {
    constexpr unsigned kSeed = 71;
    for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
      std::array<int, 3> covered{};
      for (int draw = 0; draw < kDraws; ++draw) {
        Generator generator{.noise = 0.03};
        generator.random.seed(kSeed + static_cast<unsigned>(draw));
        const AttentionFit fit = fit_one(generator.measure(phase));
        REQUIRE(fit.estimates);
        covered[0] += covers(fit.estimates->launch, 50e-6) ? 1 : 0;
        covered[1] += covers(fit.estimates->projection.estimate, 0.4) ? 1 : 0;
        covered[2] += covers(fit.estimates->context.estimate, 0.6) ? 1 : 0;
      }
      MESSAGE("seeds from ",
              kSeed,
              ", ",
              kDraws,
              " draws: launch, projections and context covered in ",
              covered[0],
              ", ",
              covered[1],
              ", ",
              covered[2]);
      // 95 % less four standard deviations.
      const int least = *std::min_element(covered.begin(), covered.end());
      CHECK(least >= (kOptimized ? 0.888 * kDraws : 0.0));
    }
  }

  TEST_CASE("gross outliers, small batches, short prompts and slower kernels do not count") {
    Generator generator{.noise = 0.01};
    Measurements all = generator.measure(Phase::kDecode);
    all.attention[5].time = 10.0 * all.attention[5].time;
    add(all, Phase::kDecode, 4, 512, 900 * unit::us);
    AttentionSeries slow = all.attention_series[0];
    slow.kernel = "slow";
    all.attention_series.push_back(slow);
    for (std::size_t at = 6; at < 16; ++at) {
      AttentionSample other = all.attention[at];
      other.series = 2;
      other.time = 1.3 * other.time;
      all.attention.push_back(other);
    }
    const AttentionFit fit = fit_one(all);
    CHECK(fit.left_out == 1);
    CHECK(fit.slower == 10);
    CHECK(fit.outliers == std::vector<std::size_t>{5});
    CHECK(fit.is_outlier(5));
    CHECK(fit.points == 47);
    CHECK(fit.estimates->projection.value == doctest::Approx(0.4).epsilon(0.05));

    // Of two kernels each counts where it is the faster.
    for (AttentionSample& sample : all.attention) {
      if (sample.series == 2) sample.time = 0.5 * sample.time;
    }
    const AttentionFit both = fit_one(all);
    CHECK(both.slower == 10);
    CHECK(both.samples.size() == 48);

    Measurements prompts = generator.measure(Phase::kPrefill);
    add(prompts, Phase::kPrefill, 512, 64, 1 * unit::ms);
    add(prompts, Phase::kPrefill, 1, 512, 1 * unit::ms);
    CHECK(fit_one(prompts).left_out == 2);
  }

  TEST_CASE("both phases are fitted, each by itself") {
    Generator generator;
    Measurements all = generator.measure(Phase::kDecode);
    add(all, Phase::kPrefill, 4, 512, 900 * unit::us);
    const std::vector<AttentionFit> fits = fit_attention(all, setting());
    REQUIRE(fits.size() == 2);
    CHECK(fits[0].estimates.has_value());
    CHECK_FALSE(fits[1].estimates);
    CHECK(fits[1].reason == "1 measurement; three parameters and their errors need 5");
    CHECK(fit_attention({}, setting()).empty());
  }

  TEST_CASE("other types than the model's are not priced as its own") {
    Measurements all = Generator{}.measure(Phase::kDecode);
    all.attention_series[0].dtype = "fp8";
    all.attention_series[0].cache_dtype = "fp8";
    CHECK(fit_one(all).estimates.has_value());
    all.attention_series[0].dtype = "bf16";
    const AttentionFit weights = fit_one(all);
    CHECK(weights.other_types == 48);
    CHECK(weights.reason == "measured with other types of weights or cache than the model's");
    all.attention_series[0].dtype = "fp8";
    all.attention_series[0].cache_dtype = "bf16";
    CHECK_FALSE(fit_one(all).estimates);
  }

  TEST_CASE("what does not tell the figures has a reason") {
    const auto reason = [](const std::vector<int>& batches, const std::vector<int>& contexts) {
      const AttentionFit fit = fit_one(Generator{}.measure(Phase::kDecode, batches, contexts));
      CHECK_FALSE(fit.estimates);
      return fit.reason;
    };
    CHECK(reason({1, 2, 4}, kContexts) == "nothing was measured with 8 sequences or more");
    CHECK(reason({8, 16}, {512, 1024}) ==
          "4 measurements; three parameters and their errors need 5");
    CHECK(reason({64, 96}, kContexts) == "64 to 96 sequences are too near to tell what each costs");
    CHECK(reason(kBatches, {4096}) ==
          "4,096 to 4,096 tokens of context are too near to tell what each costs");
    CHECK(fit_one(Generator{}.measure(Phase::kPrefill, kBatches, {16, 64})).reason ==
          "no prompts of 128 tokens or more, 1,024 in all, were measured");
  }

  TEST_CASE("an efficiency that is not told stays the base's") {
    // Up to 64 sequences reading the projections' weights takes longer: 69.8 us against 30.2 us.
    AttentionSetting base = setting();
    base.gpu.decode.projection_efficiency = 0.35;
    const AttentionFit few =
        fit_one(Generator{.noise = 0.01}.measure(Phase::kDecode, {8, 16, 32, 64}), base);
    REQUIRE(few.estimates);
    CHECK_FALSE(few.estimates->projection.estimate);
    CHECK_FALSE(few.estimates->projection.exceeded);
    CHECK(few.estimates->projection.value == 0.35);
    CHECK(few.estimates->projection.reason.find("measure more sequences") != std::string::npos);
    CHECK(few.estimates->context.value == doctest::Approx(0.6).epsilon(0.02));
    CHECK(1e6 * few.estimates->launch.value == doctest::Approx(50.0).epsilon(0.1));
    CHECK(few.largest_error < 0.05);
  }

  TEST_CASE("reading the cache may be all that a context takes") {
    // GQA with as many heads of keys as of queries: 2 FLOP a byte.
    AttentionSetting base = setting();
    base.shape.mla.reset();
    base.shape.gqa = GqaShape{.heads = 16, .kv_heads = 16, .head_dim = 128};
    base.gpu.decode = kTruth;
    Measurements all;
    for (const int batch : kBatches) {
      for (const int context : kContexts) {
        add(all,
            Phase::kDecode,
            batch,
            context,
            dense_work(base.shape, base.gpu, {Phase::kDecode, context}).time(batch));
      }
    }
    base.gpu.decode = {};
    const AttentionFit fit = fit_one(all, base);
    REQUIRE(fit.estimates);
    CHECK_FALSE(fit.estimates->context.estimate);
    CHECK(fit.estimates->context.reason ==
          "reading the cache takes longer than computing at every point");
    CHECK(fit.estimates->projection.value == doctest::Approx(0.4));
    CHECK(1e6 * fit.estimates->launch.value == doctest::Approx(50.0));
  }

  TEST_CASE("more than the data sheet's rate is said, and all of it taken") {
    AttentionSetting slow = setting();
    slow.gpu = gpu_of({.bf16 = 400, .fp8 = 1979});
    const AttentionFit fit = fit_one(Generator{}.measure(Phase::kPrefill), slow);
    REQUIRE(fit.estimates);
    CHECK(fit.estimates->context.exceeded);
    CHECK(fit.estimates->context.value == 1.0);
    CHECK_FALSE(fit.estimates->context.estimate);
    // 0.6 * 989 of 400 are 148.35 %
    CHECK(fit.estimates->context.reason.find("the fit wants 148.") == 0);
    CHECK(fit.estimates->projection.value > 0.0);
    CHECK(fit.estimates->projection.value <= 1.0);
  }

  TEST_CASE("kernels alone tell reading from arithmetic by the heads that share a cache") {
    // 16 heads read 576 B a position at 80 % of 3.35 TB/s, 214.9 ps; 128 compute 278,528 FLOP at 40
    // % of 1,979 TFLOP/s, 351.9 ps.
    Measurements all;
    AttentionSeries series{.cache_dtype = "fp8", .arithmetic = "fp8"};
    series.scope = AttentionScope::kKernel;
    all.attention_series = {series};
    for (const int heads : {16, 32, 128}) {
      for (const int sequences : kBatches) {
        for (const int context : {512, 1024, 4096, 16384}) {
          const double positions = 1.0 * sequences * context;
          const double each = heads == 128 ? 351.86e-12 : heads == 16 ? 214.93e-12 : 400e-12;
          const double token = 0.1e-6 * heads / 128.0;
          all.attention.push_back({.sequences = sequences,
                                   .context = context,
                                   .heads = heads,
                                   .time = Seconds(15e-6 + sequences * token + positions * each),
                                   .place = {}});
        }
      }
    }
    const AttentionFit fit = fit_one(all);
    REQUIRE(fit.estimates);
    CHECK(fit.left_out == 24);
    CHECK(fit.other_heads == 24);
    CHECK(fit.points == 48);
    CHECK(1e6 * fit.estimates->launch.value == doctest::Approx(15.0).epsilon(1e-3));
    CHECK(1e6 * fit.estimates->token.base() == doctest::Approx(0.1).epsilon(1e-3));
    CHECK(fit.estimates->context.value == doctest::Approx(0.4).epsilon(1e-3));
    CHECK(fit.estimates->cache.value == doctest::Approx(0.8).epsilon(1e-3));
    CHECK(std::string(shares_of(fit)[0].key) == "fp8_context_efficiency");
    CHECK(std::string(shares_of(fit)[1].key) == "fp8_cache_efficiency");
  }

  TEST_CASE("caches and arithmetic of other types are fits of their own") {
    Measurements all;
    for (const auto& [cache, arithmetic] :
         {std::pair{"bf16", "bf16"}, std::pair{"fp8", "bf16"}, std::pair{"fp8", "fp8"}}) {
      AttentionSeries series{.cache_dtype = cache, .arithmetic = arithmetic};
      series.scope = AttentionScope::kKernel;
      all.attention_series.push_back(series);
      all.attention.push_back({.series = all.attention_series.size() - 1,
                               .sequences = 8,
                               .context = 2048,
                               .time = unit::ms,
                               .place = {}});
    }
    const std::vector<AttentionFit> fits = fit_attention(all, setting());
    REQUIRE(fits.size() == 3);
    CHECK_FALSE(is_in_fp8(fits[0]));
    CHECK_FALSE(is_in_fp8(fits[1]));
    CHECK(is_in_fp8(fits[2]));
    CHECK(fits[0].setting.shape.kv_element == Bytes(2.0));
    CHECK(fits[1].setting.shape.kv_element == Bytes(1.0));
  }

  TEST_CASE("held-out samples are predicted from the others") {
    const Measurements exact = Generator{}.measure(Phase::kDecode);
    const AttentionFit fit = fit_one(exact, setting(), 0.25);
    REQUIRE(fit.held_out);
    CHECK(fit.held_out->reason.empty());
    CHECK(fit.held_out->points > 3);
    CHECK(fit.held_out->points + static_cast<int>(fit.samples.size()) == 48);
    CHECK(fit.held_out->largest_error < 1e-6);
    CHECK_FALSE(fit_one(exact).held_out);
    const AttentionFit none =
        fit_one(Generator{}.measure(Phase::kDecode, {8, 64}, {512, 1024, 2048}), setting(), 0.7);
    REQUIRE(none.held_out);
    CHECK(none.held_out->reason == "nothing was fitted to what is left");
  }

  TEST_CASE("published: DeepSeek-V3's attention on four GPUs") {
    struct Published {
      const char* gpu = "";
      DataSheet sheet;
      DenseFigures decode, prefill;
    };
    const auto figures = [](double us, double projection, double context) {
      return DenseFigures{.launch = us * unit::us,
                          .projection_efficiency = 0.01 * projection,
                          .context = {.efficiency = 0.01 * context}};
    };
    if (!published_there()) return;
    // The same law fitted by an independent program to the same rows.
    for (const Published& expected :
         {Published{"h100_sxm", {}, figures(46.2, 83.8, 51.7), figures(322, 51.6, 77.6)},
          Published{"h200_sxm",
                    {4.8, 0.799, 989, 1979},
                    figures(48.0, 78.0, 58.4),
                    figures(321, 56.0, 72.3)},
          Published{"b200_sxm",
                    {8, 0.691, 2250, 4500},
                    figures(52.9, 67.2, 54.8),
                    figures(202, 44.1, 64.5)},
          Published{"gb200",
                    {8, 0.731, 2500, 5000},
                    figures(56.2, 63.7, 51.0),
                    figures(392, 45.8, 65.7)}}) {
      for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
        const Measurements all = published(phase, expected.gpu);
        DataSheet sheet = expected.sheet;
        if (expected.gpu == std::string("h100_sxm")) sheet.hbm_efficiency = 0.817;
        const AttentionFit fit = fit_one(all, {deepseek_layer(), gpu_of(sheet)});
        REQUIRE(fit.estimates);
        const bool decode = phase == Phase::kDecode;
        MESSAGE(std::string(expected.gpu),
                std::string(decode ? " decode: " : " prefill: "),
                fit.points,
                " points, launch ",
                1e6 * fit.estimates->launch.value,
                " us, projections ",
                100 * fit.estimates->projection.value,
                " %, context ",
                100 * fit.estimates->context.value,
                " %; median error ",
                100 * fit.median_error,
                " %, largest ",
                100 * fit.largest_error,
                " %, outliers ",
                fit.outliers.size());
        CHECK(fit.median_error <= (decode ? 0.06 : 0.07));
        const DenseFigures& hand = decode ? expected.decode : expected.prefill;
        constexpr double kNear = 0.1;
        // Launches hide behind each other on small batches, and how much of them shows depends on
        // which of those count.
        if (decode || expected.sheet.hbm < 8) {
          CHECK(1e6 * fit.estimates->launch.value ==
                doctest::Approx(hand.launch / unit::us).epsilon(kNear));
        }
        CHECK(fit.estimates->projection.value ==
              doctest::Approx(hand.projection_efficiency).epsilon(kNear));
        CHECK(fit.estimates->context.value ==
              doctest::Approx(hand.context.efficiency).epsilon(kNear));
      }
    }
  }
}

}  // namespace
}  // namespace wideep::attention_fit_test
