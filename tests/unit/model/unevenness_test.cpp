#include "model/unevenness.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/widths.h"

namespace wideep::unevenness_test {
namespace {

using doctest::Approx;

/// 12 experts of which each token goes to 2.
Workload workload() {
  Workload w;
  w.model.top_k = 2;
  w.model.experts = 12;
  w.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  return w;
}

Config at(int ep_width, int tokens) {
  return {.ep_width = ep_width, .tokens = tokens};
}

TEST_SUITE("model/unevenness") {
  TEST_CASE("slots are dealt out at the widths that divide them, up to the widest group") {
    CHECK(dealing_widths(12) == std::vector<int>{1, 2, 3, 4, 6, 12});
    CHECK(dealing_widths(32'768).back() == 16'384);
  }

  TEST_CASE("what is stated holds whatever the batch, and reaches as far as it says") {
    Workload w = workload();
    w.traffic.straggler.source = ByWidth<double>{{{2, 1.0}, {8, 1.5}}, false};
    CHECK(straggler_factor(w, at(4, 1)) == Approx(1.25));
    CHECK(straggler_factor(w, at(4, 1'000)) == Approx(1.25));
    CHECK(straggler_reaches(w, 8));
    CHECK_FALSE(straggler_reaches(w, 9));
    CHECK_FALSE(straggler_p95(w, at(4, 1)).has_value());
    CHECK_FALSE(even_straggler_factor(w, at(4, 1)).has_value());
  }

  TEST_CASE("gamma is at most all tokens on one rank, as often as that has experts for them") {
    Workload w = workload();
    CHECK(most_straggler_factor(w, 1) == 1.0);
    // 3 experts a rank: each token of 4 ranks twice, where the mean is one rank's.
    CHECK(most_straggler_factor(w, 4) == 4.0);
    // One expert a rank: each token once, 12 of 2 x 1.
    CHECK(most_straggler_factor(w, 12) == 6.0);
    // Two of 12 experts on some of 8 ranks.
    CHECK(most_straggler_factor(w, 8) == 8.0);
    w.model.experts.reset();
    CHECK(most_straggler_factor(w, 12) == 12.0);
  }

  TEST_CASE("a skew gives the factor of the configuration's own batch") {
    Workload w = workload();
    const Skew skew{Skew::Kind::kDirichlet, 2.0};
    w.traffic.straggler.source = SkewedLoad{skew, Placement::kContiguous};
    for (const int tokens : {4, 128, 4'096}) {
      CAPTURE(tokens);
      const SkewCase group{
          .experts = 12, .slots = 12, .top_k = 2, .ep_width = 4, .routed = 2.0 * tokens};
      CHECK(straggler_factor(w, at(4, tokens)) == straggler_factor(skew, group));
      // Once more, from memory.
      CHECK(straggler_factor(w, at(4, tokens)) == straggler_factor(skew, group));
    }
    CHECK(straggler_factor(w, at(4, 4)) > straggler_factor(w, at(4, 128)));
    CHECK(straggler_factor(w, at(4, 128)) > straggler_factor(w, at(4, 4'096)));
    // Shared by the ranks, T k / P of them.
    w.traffic.tokens = TokensPerRank{128, ExpertLoad::kSharedByRanks, true};
    const SkewCase shared{.experts = 12, .slots = 12, .top_k = 2, .ep_width = 4, .routed = 64.0};
    CHECK(straggler_factor(w, at(4, 128)) == straggler_factor(skew, shared));
  }

  TEST_CASE("between powers of two of routed tokens the busiest rank's load is a line") {
    Workload w = workload();
    for (const Skew skew : {Skew{Skew::Kind::kUniform, 0.0},
                            Skew{Skew::Kind::kDirichlet, 0.7},
                            Skew{Skew::Kind::kZipf, 0.6}}) {
      w.traffic.straggler.source = SkewedLoad{skew, Placement::kContiguous};
      const auto law = [&](double routed) {
        return straggler_factor(
            skew, {.experts = 12, .slots = 12, .top_k = 2, .ep_width = 6, .routed = routed});
      };
      // 100 tokens route 200, of 128 and 256: 0.4375 of the one and 0.5625 of the other.
      const double line = (0.4375 * 128.0 * law(128.0) + 0.5625 * 256.0 * law(256.0)) / 200.0;
      CHECK(straggler_factor(w, at(6, 100)) == Approx(line).epsilon(1e-14));
      CHECK(straggler_factor(w, at(6, 100)) == Approx(law(200.0)).epsilon(0.005));
      double load = 0.0;
      for (int tokens = 1; tokens <= 2'000; ++tokens) {
        CAPTURE(tokens);
        const double now = tokens * straggler_factor(w, at(6, tokens));
        CHECK(now >= load);
        load = now;
        const int fewest = tokens / 3 + 1;
        const double least = least_straggler_factor(w, at(6, tokens), fewest);
        for (const int other : {fewest, (fewest + tokens) / 2, tokens}) {
          CHECK(straggler_factor(w, at(6, other)) >= least * (1.0 - 1e-15));
        }
      }
    }
  }

  TEST_CASE("replicas and placement count") {
    Workload w = workload();
    w.serving.redundant_experts = 4;
    const Skew skew{Skew::Kind::kZipf, 1.0};
    w.traffic.straggler.source = SkewedLoad{skew, Placement::kBalanced};
    const SkewCase group{.experts = 12,
                         .slots = 16,
                         .top_k = 2,
                         .ep_width = 8,
                         .routed = 256.0,
                         .placement = Placement::kBalanced};
    CHECK(straggler_factor(w, at(8, 128)) == straggler_factor(skew, group));
  }

  TEST_CASE("between widths that deal out the slots it is linear in log2 of the width") {
    Workload w = workload();
    w.traffic.straggler.source = SkewedLoad{};
    const double at_4 = straggler_factor(w, at(4, 100));
    const double at_6 = straggler_factor(w, at(6, 100));
    const double share = std::log2(5.0 / 4.0) / std::log2(6.0 / 4.0);
    CHECK(straggler_factor(w, at(5, 100)) == Approx(at_4 + share * (at_6 - at_4)));
    CHECK(straggler_factor(w, at(20, 100)) == straggler_factor(w, at(12, 100)));
    CHECK(straggler_reaches(w, 12));
    CHECK_FALSE(straggler_reaches(w, 13));
  }

  TEST_CASE("counts give the mean and the 95th percentile of their layers, whatever the batch") {
    Workload w = workload();
    w.model.experts.reset();  // the counts know how many there are
    // Ranks of a layer with 3 and 1 of 4: 1.5 times the mean; the other one is even.
    const ExpertCounts counts{{{3.0, 0.0, 1.0, 0.0}, {1.0, 1.0, 1.0, 1.0}}};
    w.traffic.straggler.source = CountedLoad{std::make_shared<ExpertCounts>(counts)};
    CHECK(straggler_factor(w, at(2, 1)) == Approx(1.25));
    CHECK(straggler_factor(w, at(2, 1'000)) == Approx(1.25));
    CHECK(*straggler_p95(w, at(2, 1)) == Approx(1.475));  // 0.95 of the way from 1 to 1.5
    CHECK(straggler_reaches(w, 4));
    CHECK_FALSE(straggler_reaches(w, 5));
    const SkewCase even{.experts = 4, .slots = 4, .top_k = 2, .ep_width = 2, .routed = 32.0};
    CHECK(*even_straggler_factor(w, at(2, 16)) == straggler_factor({}, even));
    w.model.top_k = 5;  // not of these experts
    CHECK_FALSE(even_straggler_factor(w, at(2, 10)).has_value());
  }
}

}  // namespace
}  // namespace wideep::unevenness_test
