#include "model/overlap.h"

#include <doctest/doctest.h>

#include "model/prediction.h"
#include "support/asked.h"
#include "support/optimized.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::overlap_test {
namespace {

using doctest::Approx;

// Round numbers, so that every expectation below is a sum one can do on paper: per token 1 us out,
// 2 us back and 4 us of experts, after 10 us out and 20 us back.
const LayerCosts kCosts{.dispatch = {10.0 * unit::us, 1.0 * unit::us},
                        .combine = {20.0 * unit::us, 2.0 * unit::us},
                        .expert = {.per_token = 4.0 * unit::us},
                        .dispatch_per_token = 1.0 * unit::B,
                        .combine_per_token = 2.0 * unit::B};

TEST_SUITE("model/overlap") {
  TEST_CASE("without overlap the stages add up") {
    // (10 + 100) + 400 + (20 + 200)
    CHECK(no_overlap_time(kCosts, 100) / unit::us == Approx(730.0));
  }

  TEST_CASE("chunks: the longest of link, dispatches, experts and combines") {
    // 4 chunks of 25: d = 10 + 25 = 35, e = 100, b = 20 + 50 = 70.
    const auto terms = chunk_terms(kCosts, 100, 4);
    CHECK(terms[0] / unit::us == Approx(4 * (35 + 70)));      // 420
    CHECK(terms[1] / unit::us == Approx(4 * 35 + 100 + 70));  // 310
    CHECK(terms[2] / unit::us == Approx(35 + 400 + 70));      // 505, the longest
    CHECK(terms[3] / unit::us == Approx(35 + 100 + 4 * 70));  // 415
    CHECK(chunk_time(kCosts, 100, 4) / unit::us == Approx(505.0));
  }

  TEST_CASE("one chunk is no overlap") {
    CHECK(chunk_time(kCosts, 100, 1) / unit::us == Approx(730.0));
  }

  TEST_CASE("dbo: four slots, each as long as the slower of link and experts") {
    // 40 + 60 tokens: d1 50, d2 70, b1 100, b2 140, e1 160, e2 240.
    // 140 + 50 + max(160, 70) + max(240, 100) = 590
    CHECK(dbo_time(kCosts, {40, 1}, {60, 1}) / unit::us == Approx(590.0));
  }

  TEST_CASE("dbo: every chunk of a micro-batch pays the latency") {
    // 40 of 100 tokens at 5 chunks: ceil(2.0) = 2 and ceil(3.0) = 3 transfers.
    const auto [first, second] = micro_batches(100, 40, 5);
    CHECK(first.chunks == 2);
    CHECK(second.chunks == 3);
    // d1 20 + 40, b2 60 + 120, d2 30 + 60, b1 40 + 80: 180 + 60 + max(160, 90) + max(240, 120)
    CHECK(dbo_time(kCosts, first, second) / unit::us == Approx(640.0));
    // The smaller batch still sends once.
    CHECK(micro_batch_chunks(0.001, 5) == 1);
    // 7 of 100 tokens at 100 chunks are 7 transfers, although 0.07 * 100 rounds above 7.
    CHECK(micro_batch_chunks(0.07, 100) == 7);
  }

  TEST_CASE(
      "busy stages of chunks: attention runs before them, experts as often as there are any") {
    // 4 chunks of 25, 24 of 132 SMs held: attention 50 + 100 whole and with every SM; experts 4 *
    // (2 + 100) * 132 / 108; transfers 4 * 10 + 100 and 4 * 20 + 200.
    LayerCosts costs = kCosts;
    costs.dense.core.fixed = 50.0 * unit::us;
    costs.dense.core.per_token = 1.0 * unit::us;
    costs.expert.launch = 2.0 * unit::us;
    costs.slowdown = 132.0 / 108;
    costs.combine.sm_time = 3.0 * unit::us;
    const Config chunks{.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 4};
    const BusyTimes busy = busy_times(costs, with_tokens(chunks, 100), Timing::kSchedule);
    CHECK(busy.attention / unit::us == Approx(150.0));
    CHECK(busy.experts / unit::us == Approx(408.0 * 132 / 108));
    CHECK(busy.dispatch / unit::us == Approx(140.0));
    CHECK(busy.combine / unit::us == Approx(280.0));
    CHECK(busy.sm_held / unit::us == Approx(12.0));
    CHECK(busy.total() / unit::us == Approx(150.0 + 408.0 * 132 / 108 + 140 + 280 + 12));
  }

  TEST_CASE("the steady state leaves out ramps and takes the longer side") {
    // comm (10 + 20) + 300 = 330 with one chunk, 2 * 30 + 300 = 360 with two; experts 400.
    const Config dbo{.ep_width = 2, .overlap = Overlap::kDbo, .chunks = 2, .first_tokens = 50};
    CHECK(layer_time(kCosts, with_tokens(dbo, 100), Timing::kSteadyState) / unit::us ==
          Approx(400.0));
    const Config none{.ep_width = 2};
    CHECK(layer_time(kCosts, with_tokens(none, 100), Timing::kSteadyState) / unit::us ==
          Approx(730.0));
    CHECK(dbo_bound(kCosts, 100) / unit::us == Approx(400.0));
    CHECK(dbo_bound(kCosts, 10) / unit::us == Approx(60.0));
  }

  TEST_CASE(
      "no schedule beats the busier of link and experts, nor loses to doing nothing at once") {
    ProblemSource source(31, {});
    for (int at = 0; at < draws(5000); ++at) {
      CAPTURE(at);
      const LayerCosts costs{
          .dispatch = {Seconds(source.uniform(0, 1e-3)), Seconds(source.uniform(0, 1e-6))},
          .combine = {Seconds(source.uniform(0, 1e-3)), Seconds(source.uniform(0, 1e-6))},
          .expert = {.per_token = Seconds(source.uniform(0, 1e-6))},
          .dispatch_per_token = {},
          .combine_per_token = {}};
      const int tokens = source.whole(2, 65'536);
      const int chunks = source.whole(1, 64);
      const double first = source.whole(1, tokens - 1);
      const double least = dbo_bound(costs, tokens).base() * (1 - 1e-12);
      for (const Overlap overlap : {Overlap::kNone, Overlap::kChunk, Overlap::kDbo}) {
        const Config config{.overlap = overlap,
                            .chunks = overlap == Overlap::kNone ? 1 : chunks,
                            .first_tokens = first};
        const Seconds time = layer_time(costs, with_tokens(config, tokens), Timing::kSchedule);
        CHECK(time.base() >= least);
        const BusyTimes busy = busy_times(costs, with_tokens(config, tokens), Timing::kSchedule);
        CHECK(time.base() <= busy.total().base() * (1 + 1e-12));
      }
    }
  }

  TEST_CASE("more bandwidth or less latency never makes a layer slower") {
    ProblemSource source(32, {});
    for (int at = 0; at < draws(3000); ++at) {
      CAPTURE(at);
      const double latency = source.log_uniform(1e-6, 1e-3);
      const double slope = source.log_uniform(1e-9, 1e-6);
      const auto costs = [&](double l, double s) {
        return LayerCosts{.dispatch = {Seconds(l), Seconds(s)},
                          .combine = {Seconds(l), Seconds(s)},
                          .expert = {.per_token = Seconds(1e-7)},
                          .dispatch_per_token = {},
                          .combine_per_token = {}};
      };
      const int tokens = source.whole(2, 4096);
      const Config config{.overlap = source.chance(0.5) ? Overlap::kChunk : Overlap::kDbo,
                          .chunks = source.whole(1, 16),
                          .first_tokens = static_cast<double>(source.whole(1, tokens - 1))};
      const double better = source.uniform(0.1, 1.0);
      const auto time = [&](const LayerCosts& c) {
        return layer_time(c, with_tokens(config, tokens), Timing::kSchedule).base();
      };
      const double now = time(costs(latency, slope));
      CHECK(time(costs(latency * better, slope)) <= now);
      CHECK(time(costs(latency, slope * better)) <= now);
    }
  }

  TEST_CASE("predictions equal the formulas to 1e-12 on 40,000 random configurations") {
    for (const bool machines : {false, true}) {
      ProblemSource source(33, {.max_width = machines ? 16 : 512, .machines = machines});
      for (int at = 0; at < draws(20'000); ++at) {
        CAPTURE(at);
        const Problem problem = source.next();
        Config config{.ep_width = problem.space.ep_widths.front(),
                      .kernel = problem.space.kernels.back()};
        const std::vector<int>& sms = problem.fabric.kernels[config.kernel].sms;
        if (!sms.empty()) config.sms = sms.back();
        const int tokens = reference::tokens(problem.workload, config.ep_width);
        const reference::Layer layer = reference::layer(problem, config);
        const bool steady = problem.space.timing == Timing::kSteadyState;
        const auto check = [&](double expected) {
          const Prediction got = predict(problem, asked(problem, config));
          CHECK(got.layer.base() == Approx(expected).epsilon(1e-12));
          Seconds sum;
          for (const Seconds term : got.exposed.of) sum = sum + term;
          CHECK(sum.base() == Approx(expected).epsilon(1e-12));
          const double step = problem.workload.model.moe_layers * expected +
                              problem.workload.figures.outside.overhead.base();
          CHECK(got.step.total.base() == Approx(step).epsilon(1e-12));
          CHECK(got.step.tokens_per_gpu_per_second == Approx(tokens / step).epsilon(1e-12));
        };
        if (problem.fabric.kernels[config.kernel].fused) {
          config.overlap = Overlap::kFused;
          config.schedule = Schedule::kInOrder;
          check(reference::fused(layer, tokens, steady));
          continue;
        }
        config.schedule = source.schedule(Overlap::kNone);
        check(steady ? reference::steady(layer, tokens, Overlap::kNone, 1)
                     : reference::none(layer, tokens, config.schedule));
        config.overlap = Overlap::kDbo;
        config.schedule = source.schedule(Overlap::kDbo);
        config.chunks = source.whole(2, 64);
        config.first_tokens = source.uniform(0.01, 0.99) * tokens;
        check(steady ? reference::steady(layer, tokens, Overlap::kDbo, config.chunks)
                     : reference::dbo(
                           layer, tokens, config.first_tokens, config.chunks, config.schedule));
        if (steady) continue;
        config.overlap = Overlap::kChunk;
        config.first_tokens = 0.0;
        check(reference::chunked(layer, tokens, config.chunks));
        config.overlap = Overlap::kSbo;
        config.chunks = 1;
        config.schedule = source.schedule(Overlap::kSbo);
        check(reference::single_batch(layer, tokens, config.schedule));
      }
    }
  }
}

}  // namespace
}  // namespace wideep::overlap_test
