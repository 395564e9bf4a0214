#include "model/thresholds.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "model/overlap.h"
#include "support/random_problem.h"

namespace wideep {
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
  p.workload.hidden_size = 1000;
  p.workload.top_k = 8;
  p.workload.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  p.workload.expert.per_token = 0.5 * unit::us;
  p.fabric.kernels = std::move(kernels);
  for (std::size_t at = 0; at < p.fabric.kernels.size(); ++at) p.space.kernels.push_back(at);
  return p;
}

TEST_SUITE("model/thresholds") {
  TEST_CASE("worked by hand") {
    // LL: 12 us + 8 kB / 8 GB/s = 1 us a token. HT: 40 us + 0.5 us a token.
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16)});
    const Thresholds t = thresholds(p, {.ep_width = 8});
    // 2 * 12 us / (4 - 2) us = 12 tokens; 2 * 12 / 4 = 6 tokens.
    CHECK(*t.full_overlap_tokens.value == Approx(12.0));
    CHECK(*t.break_even_tokens.value == Approx(6.0));
    // max(24 / 4, 2 * 12 / (1 + 4), the same) = 6.
    CHECK(*t.break_even_half_split_tokens.value == Approx(6.0));
    // (12 - 40) us / (1/16 - 1/8) s/GB = 448 kB, which is 56 tokens of 8 kB.
    CHECK(*t.kernel_crossover.tokens.value == Approx(56.0));
    CHECK(t.kernel_crossover.dispatch_bytes / unit::B == Approx(448e3));
    CHECK(t.kernel_crossover.below == 0);
    CHECK(t.kernel_crossover.above == 1);
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
    CHECK(*thresholds(p, {.ep_width = 8}).break_even_tokens.value == Approx(10.25));
    CHECK(*thresholds(p, {.ep_width = 8}).break_even_half_split_tokens.value ==
          Approx(80.0 / 4.125));
  }

  TEST_CASE("seen from the other kernel the crossing is the same") {
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16)});
    const Thresholds t = thresholds(p, {.ep_width = 8, .kernel = 1});
    CHECK(*t.kernel_crossover.tokens.value == Approx(56.0));
    CHECK(t.kernel_crossover.below == 0);
    CHECK(t.kernel_crossover.above == 1);
  }

  TEST_CASE("of several kernels the crossing nearest to the batch is named") {
    // Against HT 56 tokens; against XT (14 us, 9 GB/s): 2 us / (1 - 8/9) us = 18 tokens.
    const Problem p = problem({kernel("LL", 12, 8), kernel("HT", 40, 16), kernel("XT", 14, 9)});
    CHECK(*thresholds(p, {.ep_width = 8}).kernel_crossover.tokens.value ==
          Approx(56.0));  // T = 100
    Problem small = p;
    small.workload.tokens = TokensPerRank{10, ExpertLoad::kPerRank, true};
    CHECK(*thresholds(small, {.ep_width = 8}).kernel_crossover.tokens.value == Approx(18.0));
  }

  TEST_CASE("a threshold that does not exist says why") {
    const auto crossover_of = [](Kernel a, Kernel b) {
      return thresholds(problem({std::move(a), std::move(b)}), {.ep_width = 8})
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
    const Thresholds alone = thresholds(problem({kernel("LL", 12, 8)}), {.ep_width = 8});
    CHECK(alone.kernel_crossover.tokens.reason ==
          "no other kernel to compare with at this EP width");

    // 1 GB/s: 8 us a token and direction against 4 us of experts.
    const Thresholds slow = thresholds(problem({kernel("LL", 12, 1)}), {.ep_width = 8});
    CHECK_FALSE(slow.full_overlap_tokens.value.has_value());
    CHECK_FALSE(slow.chunk_lower_bound.value.has_value());
    CHECK_FALSE(slow.chunk_lower_bound_round_trip.value.has_value());
    CHECK_FALSE(slow.full_overlap_tokens.reason.empty());
    // 3 GB/s: 2.67 us: covers one transfer, not two.
    const Thresholds middling = thresholds(problem({kernel("LL", 12, 3)}), {.ep_width = 8});
    CHECK(middling.chunk_lower_bound.value.has_value());
    CHECK_FALSE(middling.chunk_lower_bound_round_trip.value.has_value());

    const Thresholds single = thresholds(problem({kernel("LL", 12, 8)}), {.ep_width = 1});
    for (const auto& reason : {single.full_overlap_tokens.reason,
                               single.break_even_tokens.reason,
                               single.kernel_crossover.tokens.reason,
                               single.chunk_lower_bound.reason}) {
      CHECK(reason == "nothing is sent at EP width 1");
    }
  }

  TEST_CASE("without latency everything is hidden at once, and any chunk will do") {
    const Thresholds t = thresholds(problem({kernel("LL", 0, 8)}), {.ep_width = 8});
    CHECK(*t.full_overlap_tokens.value == 0.0);
    CHECK(*t.break_even_tokens.value == 0.0);
    CHECK(*t.chunk_lower_bound.value == Bytes(0.0));
  }

  TEST_CASE("by the steady state dbo always wins") {
    Problem p = problem({kernel("LL", 12, 8)});
    p.space.timing = Timing::kSteadyState;
    CHECK(*thresholds(p, {.ep_width = 8}).break_even_tokens.value == 0.0);
  }

  TEST_CASE("closed forms and definitions agree where both apply, on 1,500 random problems") {
    ProblemSource source(42, {});
    const auto same = [](const Threshold<double>& closed, const Threshold<double>& defined) {
      REQUIRE(closed.value.has_value() == defined.value.has_value());
      if (!closed.value) return;
      // Below 1/1000 of a token the definition says: at every size.
      CHECK(*defined.value ==
            Approx(*closed.value < kFewestTokens ? 0.0 : *closed.value).epsilon(1e-5));
    };
    const auto in_tokens = [](const Threshold<Bytes>& bound, const LayerCosts& costs) {
      Threshold<double> tokens;
      if (bound.value) tokens.value = *bound.value / costs.dispatch_per_token;
      return tokens;
    };
    int compared = 0;
    for (int at = 0; at < 1500; ++at) {
      CAPTURE(at);
      const Problem p = source.next();
      const LayerCosts costs = layer_costs(p, {.ep_width = source.whole(2, 512)});
      REQUIRE(affine(costs));
      const Thresholds closed =
          own_thresholds({costs, {costs}}, Timing::kSchedule, Method::kClosedForm);
      if (closed.full_overlap_tokens.value.value_or(0.0) > kMostTokens ||
          *closed.break_even_half_split_tokens.value > kMostTokens) {
        continue;
      }
      ++compared;
      const Thresholds defined =
          own_thresholds({costs, {costs}}, Timing::kSchedule, Method::kDefinition);
      same(closed.full_overlap_tokens, defined.full_overlap_tokens);
      CHECK_FALSE(defined.full_overlap_until.has_value());
      same(closed.break_even_half_split_tokens, defined.break_even_half_split_tokens);
      same(closed.break_even_tokens, defined.break_even_tokens);
      same(in_tokens(closed.chunk_lower_bound, costs), in_tokens(defined.chunk_lower_bound, costs));
      same(in_tokens(closed.chunk_lower_bound_round_trip, costs),
           in_tokens(defined.chunk_lower_bound_round_trip, costs));
    }
    CHECK(compared > 1000);
  }

  TEST_CASE("general thresholds are where their definitions say, on 2,000 random machines") {
    ProblemSource source(43, {.max_width = 16, .machines = true});
    int found = 0;
    for (int at = 0; at < 2000; ++at) {
      CAPTURE(at);
      const Problem p = source.next();
      Config config{.ep_width = p.space.ep_widths.back()};
      if (config.ep_width == 1) continue;
      if (!p.fabric.kernels[0].sms.empty()) config.sms = p.fabric.kernels[0].sms.front();
      const LayerCosts costs = layer_costs(p, config);
      const Thresholds t = own_thresholds({costs, {costs}}, Timing::kSchedule, Method::kDefinition);

      const auto hidden = [&](double tokens) {
        return costs.compute_time(tokens) >= costs.comm_time(tokens);
      };
      if (t.full_overlap_tokens.value) {
        const double from = *t.full_overlap_tokens.value;
        CHECK(hidden(from * (1 + 1e-9) + kFewestTokens * 1.01));
        if (from > 0.0) CHECK_FALSE(hidden(from * (1 - 1e-6)));
        if (t.full_overlap_until) {
          CHECK(hidden(*t.full_overlap_until * (1 - 1e-6)));
          CHECK_FALSE(hidden(*t.full_overlap_until * (1 + 1e-6)));
        }
      } else {
        for (const double tokens : {1.0, 100.0, 1e4, 1e6, 1e8}) CHECK_FALSE(hidden(tokens));
      }

      const auto half_wins = [&](double tokens) {
        return dbo_layer(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}).total() <
               no_overlap_time(costs, tokens);
      };
      const auto& half = t.break_even_half_split_tokens;
      if (half.value && *half.value > 0.0) {
        ++found;
        CHECK(half_wins(*half.value * (1 + 1e-6)));
        CHECK_FALSE(half_wins(*half.value * (1 - 1e-6)));
        for (const double more : {1.1, 3.0, 100.0}) CHECK(half_wins(*half.value * more));
        REQUIRE(t.break_even_tokens.value.has_value());  // the best split is no worse
        CHECK(*t.break_even_tokens.value <= *half.value * (1 + 1e-9));
      } else if (!half.value) {
        CHECK_FALSE(half_wins(kMostTokens));
      }

      const KernelCrossover cross = thresholds(p, config).kernel_crossover;
      if (!cross.tokens.value) continue;
      const auto of = [&](std::size_t kernel, double tokens) {
        Config other = config;
        other.kernel = kernel;
        std::vector<int> choices = p.fabric.kernels[kernel].sms;
        if (kernel == config.kernel) choices = {config.sms};
        if (choices.empty()) choices = {0};
        const double batch = tokens_per_rank(p.workload, config.ep_width);
        Seconds fastest(1e300);
        Seconds found_time;
        for (const int sms : choices) {  // the SMs that serve the batch fastest
          other.sms = sms;
          const LayerCosts theirs = layer_costs(p, other);
          if (theirs.comm_time(batch) >= fastest) continue;
          fastest = theirs.comm_time(batch);
          found_time = theirs.comm_time(tokens);
        }
        return found_time.base();
      };
      const double tokens = *cross.tokens.value;
      CHECK(of(cross.below, tokens) == Approx(of(cross.above, tokens)).epsilon(1e-9));
      CHECK(of(cross.below, tokens * 0.9999) < of(cross.above, tokens * 0.9999));
    }
    CHECK(found > 300);
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
    CHECK_FALSE(
        thresholds(p, {.ep_width = 8, .sms = 60}).break_even_half_split_tokens.value.has_value());
    kernel.sms = {4, 60};
    CHECK(thresholds(p, {.ep_width = 8, .sms = 60}).break_even_half_split_tokens.value.has_value());
  }

  TEST_CASE("a stretch of batches for which dbo pays, where transfers hold the SMs for long") {
    // A transfer takes 120 us at least and holds every SM for 1.2 us a token. Of small batches
    // attention and experts hide those floors; of large ones the SMs held cost more than the bytes
    // of a transfer, 1 us a token, that could be hidden.
    Problem p = problem({kernel("LL", 30, 8)});
    p.workload.dense.per_token = 3.0 * unit::us;
    for (LinkPhase* phase : {&p.fabric.kernels[0].dispatch, &p.fabric.kernels[0].combine}) {
      phase->floor = ByWidth<Seconds>::constant(120.0 * unit::us);
      phase->sm_time_per_token = ByWidth<Seconds>::constant(1.2 * unit::us);
    }
    const Thresholds t = thresholds(p, {.ep_width = 8});
    const LayerCosts costs = layer_costs(p, {.ep_width = 8});
    const auto wins = [&](double tokens) {
      return dbo_layer(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}).total() <
             no_overlap_time(costs, tokens);
    };
    REQUIRE(t.half_split_stretch.has_value());
    const auto [from, until] = *t.half_split_stretch;
    CHECK_FALSE(wins(from * 0.999));
    CHECK(wins(from * 1.001));
    CHECK(wins(*until * 0.999));
    CHECK_FALSE(wins(*until * 1.001));
    CHECK_FALSE(t.break_even_half_split_tokens.value.has_value());
  }

  TEST_CASE("closed forms are where their definitions say, on 5,000 random problems") {
    ProblemSource source(41, {});
    for (int at = 0; at < 5000; ++at) {
      CAPTURE(at);
      Problem p = source.next();
      p.space.timing = Timing::kSchedule;
      const int width = source.whole(2, 512);
      const LayerCosts costs = layer_costs(p, {.ep_width = width});
      const Thresholds t = thresholds(p, {.ep_width = width});

      const auto hidden = [&](double tokens) {
        return costs.expert.time(tokens) >= costs.comm_time(tokens);
      };
      if (t.full_overlap_tokens.value) {
        const double tokens = *t.full_overlap_tokens.value;
        CHECK(hidden(tokens * 1.000001 + 1e-9));
        if (tokens > 0.0) CHECK_FALSE(hidden(tokens * 0.999999));
      } else {
        CHECK_FALSE(hidden(1e12));
      }

      // dbo with its best split, by a fine scan.
      const auto dbo_wins = [&](double tokens) {
        const Seconds none = no_overlap_time(costs, tokens);
        for (int step = 1; step < 2000; ++step) {
          const double first = tokens * step / 2000;
          if (dbo_layer(costs, {first, 1}, {tokens - first, 1}).total() < none) return true;
        }
        return false;
      };
      const double even = *t.break_even_tokens.value;
      if (even > 0.0 && at < 1000) {
        CHECK(dbo_wins(even * 1.01));
        CHECK_FALSE(dbo_wins(even * 0.99));
      }

      const auto half_wins = [&](double tokens) {
        return dbo_layer(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}).total() <
               no_overlap_time(costs, tokens);
      };
      const double half = *t.break_even_half_split_tokens.value;
      CHECK(half >= even);
      if (half > 0.0) {
        CHECK(half_wins(half * 1.0001));
        CHECK_FALSE(half_wins(half * 0.9999));
      }

      if (t.kernel_crossover.tokens.value) {
        const auto of = [&](std::size_t kernel, double tokens) {
          return layer_costs(p, {.ep_width = width, .kernel = kernel}).comm_time(tokens).base();
        };
        const double cross = *t.kernel_crossover.tokens.value;
        CHECK(cross > 0.0);
        const auto [below, above] = std::pair(t.kernel_crossover.below, t.kernel_crossover.above);
        CHECK(of(below, cross) == Approx(of(above, cross)).epsilon(1e-9));
        CHECK(of(below, cross * 0.5) < of(above, cross * 0.5));
        CHECK(of(below, cross * 2.0) > of(above, cross * 2.0));
      }

      if (t.chunk_lower_bound.value && *t.chunk_lower_bound.value > Bytes(0.0)) {
        const double tokens = *t.chunk_lower_bound.value / costs.dispatch_per_token;
        const auto covers = [&](double n) {
          return costs.expert.time(n) >= std::max(costs.dispatch.time(n), costs.combine.time(n));
        };
        CHECK(covers(tokens * 1.000001));
        CHECK_FALSE(covers(tokens * 0.999999));
      }
    }
  }
}

}  // namespace
}  // namespace wideep
