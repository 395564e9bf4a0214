// The thresholds of random problems and machines, against their definitions.
#include <cmath>

#include <doctest/doctest.h>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "model/overlap.h"
#include "model/thresholds.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::thresholds_random_test {
namespace {

using doctest::Approx;

TEST_SUITE("model/thresholds") {
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
    for (int at = 0; at < draws(2000); ++at) {
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
        return dbo_time(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}) <
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

      const KernelCrossover cross = thresholds(p, asked(p, config)).kernel_crossover;
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
      CHECK(of(config.kernel, tokens) == Approx(of(cross.other, tokens)).epsilon(1e-9));
      if (!cross.below) continue;
      const std::size_t slower = *cross.below == cross.other ? config.kernel : cross.other;
      CHECK(of(*cross.below, tokens * 0.9999) < of(slower, tokens * 0.9999));
    }
    CHECK(found > draws(300));
  }

  TEST_CASE("closed forms are where their definitions say, on 5,000 random problems") {
    ProblemSource source(41, {});
    for (int at = 0; at < 5000; ++at) {
      CAPTURE(at);
      Problem p = source.next();
      p.space.timing = Timing::kSchedule;
      const int width = source.whole(2, 512);
      const LayerCosts costs = layer_costs(p, {.ep_width = width});
      const Thresholds t = thresholds(p, asked(p, {.ep_width = width}));

      const auto hidden = [&](double tokens) {
        return costs.expert.time(tokens) >= costs.comm_time(tokens);
      };
      if (t.full_overlap_tokens.value) {
        const double tokens = *t.full_overlap_tokens.value;
        CHECK(hidden(tokens * 1.000001 + 1e-9));
        if (tokens > 0.0) CHECK_FALSE(hidden(tokens * 0.999999));
      } else {
        CHECK_FALSE(hidden(kMostTokens));
      }

      // dbo with its best split, by a fine scan.
      const auto dbo_wins = [&](double tokens) {
        const Seconds none = no_overlap_time(costs, tokens);
        for (int step = 1; step < 2000; ++step) {
          const double first = tokens * step / 2000;
          if (dbo_time(costs, {first, 1}, {tokens - first, 1}) < none) return true;
        }
        return false;
      };
      const double even = t.break_even_tokens.value.value_or(kMostTokens);
      if (even > 0.0 && at < 1000) {
        if (t.break_even_tokens.value) CHECK(dbo_wins(even * 1.01));
        CHECK_FALSE(dbo_wins(even * 0.99));
      }

      const auto half_wins = [&](double tokens) {
        return dbo_time(costs, {tokens * 0.5, 1}, {tokens * 0.5, 1}) <
               no_overlap_time(costs, tokens);
      };
      const double half = t.break_even_half_split_tokens.value.value_or(kMostTokens);
      CHECK(half >= even);
      if (half > 0.0) {
        if (t.break_even_half_split_tokens.value) CHECK(half_wins(half * 1.0001));
        CHECK_FALSE(half_wins(half * 0.9999));
      }

      if (t.kernel_crossover.tokens.value) {
        const auto of = [&](std::size_t kernel, double tokens) {
          return layer_costs(p, {.ep_width = width, .kernel = kernel}).comm_time(tokens).base();
        };
        const double cross = *t.kernel_crossover.tokens.value;
        CHECK(cross > 0.0);
        const std::size_t below = t.kernel_crossover.below.value();
        const std::size_t above = t.kernel_crossover.above.value();
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
}  // namespace wideep::thresholds_random_test
