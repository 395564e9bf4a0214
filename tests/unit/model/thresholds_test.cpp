#include "model/thresholds.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "model/overlap.h"
#include "support/asked.h"

namespace wideep::thresholds_test {
namespace {

using doctest::Approx;

LinkPhase link(double latency_us, double bandwidth_gbps) {
  return {.latency = ByWidth<Seconds>::constant(latency_us * unit::us),
          .bandwidth = Bandwidth::constant(bandwidth_gbps * unit::GBps)};
}

Kernel kernel(const char* name, double latency_us, double bandwidth_gbps) {
  return {.name = name,
          .dispatch = link(latency_us, bandwidth_gbps),
          .combine = link(latency_us, bandwidth_gbps),
          .limits = {}};
}

/// k d s = 8 * 1000 * 1 B = 8 kB a token, experts 8 * 0.5 us = 4 us a token.
Problem problem(std::vector<Kernel> kernels) {
  Problem p;
  p.workload.model.hidden_size = 1000;
  p.workload.model.top_k = 8;
  p.workload.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  p.workload.figures.expert.per_token = 0.5 * unit::us;
  p.fabric.kernels = std::move(kernels);
  for (std::size_t at = 0; at < p.fabric.kernels.size(); ++at) p.space.kernels.push_back(at);
  return p;
}

TEST_SUITE("model/thresholds") {
  TEST_CASE("worked by hand") {
    // LL: 12 us + 8 kB / 8 GB/s = 1 us a token. HT: 40 us + 0.5 us a token.
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16)});
    const Thresholds t = thresholds(p, asked(p, {.ep_width = 8}));
    // 2 * 12 us / (4 - 2) us = 12 tokens; 2 * 12 / 4 = 6 tokens.
    CHECK(*t.full_overlap_tokens.value == Approx(12.0));
    CHECK(*t.break_even_tokens.value == Approx(6.0));
    // max(24 / 4, 2 * 12 / (1 + 4), the same) = 6.
    CHECK(*t.break_even_half_split_tokens.value == Approx(6.0));
    // (12 - 40) us / (1/16 - 1/8) s/GB = 448 kB, which is 56 tokens of 8 kB.
    CHECK(*t.kernel_crossover.tokens.value == Approx(56.0));
    CHECK(t.kernel_crossover.dispatch_bytes / unit::B == Approx(448e3));
    CHECK(t.kernel_crossover.below == std::optional<std::size_t>(0));
    CHECK(t.kernel_crossover.above == std::optional<std::size_t>(1));
    // beta = 4 us / 8 kB = 0.5 ns/B, 1/BW = 0.125 ns/B: 12 us / 0.375 = 32 kB; 24 us / 0.25 = 96
    // kB.
    CHECK(*t.chunk_lower_bound.value / unit::B == Approx(32e3));
    CHECK(*t.chunk_lower_bound_round_trip.value / unit::B == Approx(96e3));
  }

  TEST_CASE("a 50/50 split pays later where one phase has all the latency") {
    // Out 40 us + 1 us a token, back 1 us + 0.125 us, experts 4 us: (40 + 1) / 4 = 10.25 at the
    // best split, 2 * 40 / (0.125 + 4) = 19.39 at one half.
    Problem p = problem({kernel("LL", 40, 8)});
    p.fabric.kernels[0].combine = link(1, 64);
    CHECK(*thresholds(p, asked(p, {.ep_width = 8})).break_even_tokens.value == Approx(10.25));
    CHECK(*thresholds(p, asked(p, {.ep_width = 8})).break_even_half_split_tokens.value ==
          Approx(80.0 / 4.125));
  }

  TEST_CASE("seen from the other kernel the crossing is the same") {
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16)});
    const Thresholds t = thresholds(p, asked(p, {.ep_width = 8, .kernel = 1}));
    CHECK(*t.kernel_crossover.tokens.value == Approx(56.0));
    CHECK(t.kernel_crossover.below == std::optional<std::size_t>(0));
    CHECK(t.kernel_crossover.above == std::optional<std::size_t>(1));
  }

  TEST_CASE("of several kernels the crossing nearest to the batch is named") {
    // Against HT 56 tokens; against XT (14 us, 9 GB/s): 2 us / (1 - 8/9) us = 18 tokens.
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16), kernel("XT", 14, 9)});
    CHECK(*thresholds(p, asked(p, {.ep_width = 8})).kernel_crossover.tokens.value ==
          Approx(56.0));  // T = 100
    Problem small = p;
    small.workload.traffic.tokens = TokensPerRank{10, ExpertLoad::kPerRank, true};
    CHECK(*thresholds(small, asked(small, {.ep_width = 8})).kernel_crossover.tokens.value ==
          Approx(18.0));
  }

  TEST_CASE("a threshold that does not exist says why") {
    const auto crossover_of = [](Kernel a, Kernel b) {
      return with_asked(thresholds, problem({std::move(a), std::move(b)}), {.ep_width = 8})
          .kernel_crossover.tokens;
    };
    CHECK(crossover_of(kernel("LL", 12, 8), kernel("HT", 12, 8)).reason ==
          "LL and HT cost the same at every size");
    CHECK(crossover_of(kernel("LL", 12, 8), kernel("HT", 10, 9)).reason ==
          "HT is faster than LL at every size");
    CHECK(crossover_of(kernel("LL", 12, 8), kernel("HT", 12, 9)).reason ==
          "HT is faster than LL at every size");
    CHECK(crossover_of(kernel("LL", 12, 8), kernel("HT", 40, 8)).reason ==
          "LL is faster than HT at every size");
    const Thresholds alone =
        with_asked(thresholds, problem({kernel("LL", 12, 8)}), {.ep_width = 8});
    CHECK(alone.kernel_crossover.tokens.reason ==
          "no other kernel to compare with at this EP width");

    // 1 GB/s: 8 us a token and direction against 4 us of experts.
    const Thresholds slow = with_asked(thresholds, problem({kernel("LL", 12, 1)}), {.ep_width = 8});
    CHECK_FALSE(slow.full_overlap_tokens.value.has_value());
    CHECK_FALSE(slow.chunk_lower_bound.value.has_value());
    CHECK_FALSE(slow.chunk_lower_bound_round_trip.value.has_value());
    CHECK_FALSE(slow.full_overlap_tokens.reason.empty());
    // 3 GB/s: 2.67 us: covers one transfer, not two.
    const Thresholds middling =
        with_asked(thresholds, problem({kernel("LL", 12, 3)}), {.ep_width = 8});
    CHECK(middling.chunk_lower_bound.value.has_value());
    CHECK_FALSE(middling.chunk_lower_bound_round_trip.value.has_value());

    const Thresholds single =
        with_asked(thresholds, problem({kernel("LL", 12, 8)}), {.ep_width = 1});
    for (const auto& reason : {single.full_overlap_tokens.reason,
                               single.break_even_tokens.reason,
                               single.kernel_crossover.tokens.reason,
                               single.chunk_lower_bound.reason}) {
      CHECK(reason == "nothing is sent at EP width 1");
    }
  }

  TEST_CASE("without latency everything is hidden at once, and any chunk will do") {
    const Thresholds t = with_asked(thresholds, problem({kernel("LL", 0, 8)}), {.ep_width = 8});
    CHECK(*t.full_overlap_tokens.value == 0.0);
    CHECK(*t.break_even_tokens.value == 0.0);
    CHECK(*t.chunk_lower_bound.value == Bytes(0.0));
  }

  TEST_CASE("by the steady state dbo always wins, by the schedule it does not") {
    Problem p = problem({kernel("LL", 12, 8)});
    const Config none{.ep_width = 8};
    const LayerCosts costs = layer_costs(p, none);
    const auto wins = [&](double tokens, Timing timing) {
      const Seconds alone = no_overlap_time(costs, tokens);
      if (timing == Timing::kSteadyState) return dbo_bound(costs, tokens) < alone;
      const auto [first, second] = micro_batches(tokens, 0.5 * tokens, 1);
      return dbo_time(costs, first, second) < alone;
    };
    for (const Timing timing : {Timing::kSteadyState, Timing::kSchedule}) {
      CAPTURE(static_cast<int>(timing));
      p.space.timing = timing;
      const Thresholds t = thresholds(p, asked(p, none));
      const bool at_once = wins(kFewestTokens, timing);
      CHECK(at_once == (timing == Timing::kSteadyState));
      for (const auto& even : {t.break_even_tokens, t.break_even_half_split_tokens}) {
        REQUIRE(even.value.has_value());
        CHECK((*even.value == 0.0) == at_once);
        CHECK(wins(*even.value * 1.001 + kFewestTokens, timing));
        if (*even.value > 0.0) CHECK_FALSE(wins(*even.value * 0.999, timing));
      }
    }
  }

  TEST_CASE("beyond the largest batch there is no threshold, and the reason says so") {
    // 2 * 1 s of latency against 4 - 3.99999 us a token: T* at 200 billion tokens. The experts' 4
    // us alone outweigh it from 500,000 tokens.
    Problem p = problem({kernel("LL", 1e6, 8.0 / 1.999995)});
    const Thresholds closed = thresholds(p, asked(p, {.ep_width = 8}));
    const std::string beyond =
        "it lies beyond 16,777,216 tokens per rank, more than any step holds";
    CHECK_FALSE(closed.full_overlap_tokens.value.has_value());
    CHECK(closed.full_overlap_tokens.reason == beyond);
    CHECK(closed.chunk_lower_bound_round_trip.reason == beyond);
    CHECK(*closed.break_even_tokens.value == Approx(500e3));
    // The definitions say the same.
    const LayerCosts costs = layer_costs(p, {.ep_width = 8});
    const Thresholds defined =
        own_thresholds({costs, {costs}}, Timing::kSchedule, Method::kDefinition);
    CHECK(defined.full_overlap_tokens.reason == beyond);
    CHECK(defined.chunk_lower_bound_round_trip.reason == beyond);
    // Latencies of 100 s: 50 million tokens.
    p = problem({kernel("LL", 1e8, 80)});
    CHECK(thresholds(p, asked(p, {.ep_width = 8})).break_even_tokens.reason == beyond);
  }

  TEST_CASE("break-even lets dbo and no overlap hold the SMs that suit each") {
    // On 60 of 64 SMs dbo slows compute sixteenfold and never pays; on 4 it does, against no
    // overlap on 60.
    Problem p = problem({kernel("HT", 10, 8)});
    p.fabric.gpu = Gpu{};
    p.fabric.gpu->sms = 64;
    Kernel& kernel = p.fabric.kernels[0];
    for (LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
      phase->bandwidth.per_sm = ByWidth<BytesPerSecond>::constant(2.0 * unit::GBps);
    }
    kernel.sms = {60};
    CHECK_FALSE(thresholds(p, asked(p, {.ep_width = 8, .sms = 60}))
                    .break_even_half_split_tokens.value.has_value());
    kernel.sms = {4, 60};
    CHECK(thresholds(p, asked(p, {.ep_width = 8, .sms = 60}))
              .break_even_half_split_tokens.value.has_value());
  }

  TEST_CASE("a stretch of batches for which dbo pays, where transfers hold the SMs for long") {
    // A transfer takes 120 us at least and holds every SM for 1.2 us a token. Of small batches
    // attention and experts hide those floors; of large ones the SMs held cost more than the bytes
    // of a transfer, 1 us a token, that could be hidden.
    Problem p = problem({kernel("LL", 30, 8)});
    p.workload.figures.dense.core.per_token = 3.0 * unit::us;
    for (LinkPhase* phase : {&p.fabric.kernels[0].dispatch, &p.fabric.kernels[0].combine}) {
      phase->floor = ByWidth<Seconds>::constant(120.0 * unit::us);
      phase->sm_time_per_token = ByWidth<Seconds>::constant(1.2 * unit::us);
    }
    const Thresholds t = thresholds(p, asked(p, {.ep_width = 8}));
    const LayerCosts costs = layer_costs(p, {.ep_width = 8});
    const auto wins = [&](double tokens) {
      return dbo_time(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}) < no_overlap_time(costs, tokens);
    };
    REQUIRE(t.half_split_stretch.has_value());
    const auto [from, until] = *t.half_split_stretch;
    CHECK_FALSE(wins(from * 0.999));
    CHECK(wins(from * 1.001));
    CHECK(wins(*until * 0.999));
    CHECK_FALSE(wins(*until * 1.001));
    CHECK_FALSE(t.break_even_half_split_tokens.value.has_value());
  }
}

}  // namespace
}  // namespace wideep::thresholds_test
