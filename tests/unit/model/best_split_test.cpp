#include "model/best_split.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/break_even.h"
#include "model/overlap.h"
#include "support/draw.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::best_split_test {
namespace {

using doctest::Approx;

/// The best of a fine grid of splits, finer towards the ends.
Seconds by_scan(const LayerCosts& costs, double tokens) {
  Seconds least(1e300);
  const auto offer = [&](double first) {
    const MicroBatch one{first, 1.0};
    const MicroBatch two{tokens - first, 1.0};
    least = std::min({least, dbo_time(costs, one, two), dbo_time(costs, two, one)});
  };
  constexpr int kSteps = 2000;
  for (int step = 0; step <= kSteps; ++step) offer(tokens * step / kSteps);
  constexpr int kSmaller = 605;  // down to 1e-7 of the batch
  for (int step = 0; step < kSmaller; ++step) offer(tokens * 0.02 * std::pow(0.98, step));
  return least;
}

LinkCost link(double latency_us, double per_token_us, double floor_us = 0.0) {
  return {.latency = latency_us * unit::us,
          .per_token = per_token_us * unit::us,
          .floor = floor_us * unit::us};
}

/// Experts that read 64 weights of 10 us each, 2 experts a token of 64: half of them by 22 tokens.
LayerCosts reading_experts() {
  LayerCosts costs{.dispatch = link(2, 1, 60), .combine = link(2, 1, 60), .expert = {}};
  costs.expert.weight_read = 10.0 * unit::us;
  costs.expert.fixed = 1.0 * unit::us;
  costs.expert.per_token = 1.0 * unit::us;
  costs.expert.local_experts = 64.0;
  costs.expert.log_idle = std::log(1.0 - 2.0 / 64.0);
  return costs;
}

/// Costs with every law, in the ranges where they compete.
LayerCosts drawn(Draw& draw) {
  const auto log_uniform = [&](double low, double high) {
    return std::exp(draw.uniform(std::log(low), std::log(high)));
  };
  const auto maybe = [&](double low, double high) {
    return draw.whole(0, 1) == 0 ? 0.0 : log_uniform(low, high);
  };
  const auto a_link = [&] {
    LinkCost cost = link(maybe(1, 50), log_uniform(0.01, 1), maybe(10, 200));
    if (draw.whole(0, 1) == 0) return cost;
    cost.sm_time_per_token = draw.uniform(0.0, 1.0) * cost.per_token;
    cost.sm_time = draw.uniform(0.0, 1.0) * cost.latency;
    return cost;
  };
  LayerCosts costs{.dispatch = a_link(), .combine = a_link(), .expert = {}};
  costs.expert.launch = maybe(1, 40) * unit::us;
  costs.expert.per_token = log_uniform(0.01, 1) * unit::us;
  if (draw.whole(0, 3) != 0) {
    costs.expert.weight_read = maybe(1, 20) * unit::us;
    costs.expert.fixed = maybe(0.1, 10) * unit::us;
    costs.expert.local_experts = draw.whole(1, 64);
    costs.expert.log_idle = -log_uniform(1e-3, 1.0);
    if (draw.whole(0, 3) == 0) costs.expert.dealt_per_token = log_uniform(0.1, 10);
  }
  costs.dense.core.fixed = maybe(1, 100) * unit::us;
  costs.dense.core.weight_read = maybe(1, 100) * unit::us;
  costs.dense.core.compute_per_token = maybe(0.01, 1) * unit::us;
  costs.dense.core.per_token = maybe(0.01, 1) * unit::us;
  if (draw.whole(0, 1) == 0) costs.slowdown = draw.uniform(1.0, 1.5);
  costs.layers = draw.whole(1, 60);
  return costs;
}

TEST_SUITE("model/best_split") {
  TEST_CASE("bends: where floors and reads of weights give way") {
    const std::vector<double> bends = stage_bends(reading_experts());
    REQUIRE(bends.size() == 3);
    // 2 + T = 60 us at 58 tokens, twice; 10 N = N + T where T = 9 N, at nearly all 64: 576 tokens.
    CHECK(bends[0] == Approx(58.0));
    CHECK(bends[1] == Approx(58.0));
    CHECK(bends[2] == Approx(576.0).epsilon(1e-6));
  }

  TEST_CASE("two linear stages meet: by hand") {
    // 12 tokens; out 1 us, back 2 us, experts 4 us a token: as in units of thirds of the batch
    //   b2 + d1 + max(e1, d2) + max(e2, b1) = 2 (T - x) + x + max(4x, T - x) + max(4 (T - x), 2x)
    // falls by 1 us a token until 4 (T - x) = 2 x at x = 8: 8 + 8 + 32 + 16 = 64 us.
    LayerCosts costs{.dispatch = link(0, 1), .combine = link(0, 2), .expert = {}};
    costs.expert.per_token = 4.0 * unit::us;
    CHECK(best_split_time(costs, stage_bends(costs), 12.0) / unit::us == Approx(64.0));
  }

  TEST_CASE("no split of a fine scan is faster, and the scan comes near, on 4,000 random costs") {
    Draw draw(20'261'003);
    int extreme = 0;
    for (int at = 0; at < draws(4000); ++at) {
      CAPTURE(at);
      const LayerCosts costs = drawn(draw);
      const double tokens = std::exp(draw.uniform(std::log(0.5), std::log(5000.0)));
      const Seconds least = best_split_time(costs, stage_bends(costs), tokens);
      const Seconds scanned = by_scan(costs, tokens);
      CHECK(least <= scanned * (1.0 + 1e-13));
      CHECK(least >= scanned * (1.0 - 2e-3));
      const double outer = tokens / 16.0;
      bool inner_only = true;
      for (int step = 0; step <= 500; ++step) {
        const double first = outer * step / 500;
        for (const double x : {first, tokens - first}) {
          if (dbo_time(costs, {x, 1}, {tokens - x, 1}) < least * (1.0 + 1e-6)) {
            inner_only = false;
          }
        }
      }
      extreme += inner_only ? 0 : 1;
    }
    CHECK(extreme > draws(400));  // best splits below 1/16 or above 15/16 are among them
  }
}

TEST_SUITE("model/break_even") {
  TEST_CASE("just above break-even some split pays, just below none, on 400 random costs") {
    Draw draw(20'261'004);
    int found = 0;
    for (int at = 0; at < 400; ++at) {
      CAPTURE(at);
      const LayerCosts costs = drawn(draw);
      const BreakEven even = break_even({costs});
      const auto pays = [&](double tokens) {
        return by_scan(costs, tokens) < no_overlap_time(costs, tokens) * (1.0 - 1e-9);
      };
      const double from = even.any_split.value.value_or(kMostTokens);
      if (even.any_split.value && from > 0.0) {
        ++found;
        CHECK(best_split_time(costs, stage_bends(costs), from * (1 + 1e-6)) <
              no_overlap_time(costs, from * (1 + 1e-6)));
        // Nothing that a scan finds pays right below it, or the threshold would lie there.
        CHECK_FALSE(pays(from * (1 - 1e-6)));
      }
      for (int step = 0; step < 44; ++step) {
        const double tokens = std::max(from, 1.0) * 1.001 * std::pow(1.3, step);
        if (tokens >= 1e5) break;
        const Seconds best = best_split_time(costs, stage_bends(costs), tokens);
        CHECK(best < no_overlap_time(costs, tokens));
      }
    }
    CHECK(found > 200);
  }

  TEST_CASE("no batch above break-even is missed, nor a smaller threshold, by integers") {
    // The smallest batch above which dbo pays at each of the next batches up to 400, by trying
    // every whole split: break-even, over real ones, is at most that.
    Draw draw(20'261'005);
    int compared = 0;
    for (int at = 0; at < 300; ++at) {
      CAPTURE(at);
      const LayerCosts costs = drawn(draw);
      const BreakEven even = break_even({costs});
      constexpr int kMost = 400;
      int holds_from = kMost + 1;
      for (int tokens = kMost; tokens >= 2; --tokens) {
        const Seconds none = no_overlap_time(costs, tokens);
        bool pays = false;
        for (int first = 1; first < tokens && !pays; ++first) {
          const MicroBatch one{1.0 * first, 1.0};
          const MicroBatch two{1.0 * (tokens - first), 1.0};
          pays = dbo_time(costs, one, two) < none * (1.0 - 1e-12);
        }
        if (!pays) break;
        holds_from = tokens;
      }
      if (holds_from > kMost || !even.any_split.value || *even.any_split.value > kMost) continue;
      ++compared;
      CHECK(*even.any_split.value <= holds_from);
    }
    CHECK(compared > 60);
  }

  TEST_CASE(
      "why dbo never pays: the SMs that the kernel holds, those that transfers stop, or neither") {
    // Nothing to hide behind at any size: 20 us of latencies against experts of 1e-24 s a token.
    LayerCosts costs{.dispatch = link(10, 1), .combine = link(10, 1), .expert = {}};
    costs.expert.per_token = Seconds(1e-24);
    const auto reason = [&] { return break_even({costs}).half_split.reason; };
    CHECK(reason() == "splitting the batch costs more than overlap hides, at every size");
    costs.dispatch.sm_time_per_token = Seconds(1e-6);
    CHECK(reason() == "transfers hold the SMs for so long that they hide little, at every size");
    costs.slowdown = 1.2;
    CHECK(reason() ==
          "the SMs that the kernel holds cost compute more than overlap hides, at every size");
  }
}

}  // namespace
}  // namespace wideep::best_split_test
