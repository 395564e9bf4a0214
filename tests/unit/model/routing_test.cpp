#include "model/routing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "support/optimized.h"

namespace wideep::routing_test {
namespace {

using doctest::Approx;

constexpr int kTokens = draws(40'000);
// Near the mean of so many tokens.
constexpr double kNear = kOptimized ? 5e-3 : 2e-2;

const Gate kUniform{.experts = 256, .top_k = 8};
const Gate kGrouped{.experts = 256, .top_k = 8, .groups = 8, .groups_per_token = 4};

/// Distinct blocks of one token's experts, drawn as the gate says, averaged over many tokens.
double drawn_targets(const Gate& gate, int blocks, std::mt19937& random) {
  const int experts = *gate.experts;
  std::vector<int> groups(static_cast<std::size_t>(gate.groups));
  std::iota(groups.begin(), groups.end(), 0);
  double sum = 0.0;
  for (int token = 0; token < kTokens; ++token) {
    std::shuffle(groups.begin(), groups.end(), random);
    std::vector<int> eligible;
    for (int at = 0; at < gate.groups_per_token; ++at) {
      const int size = experts / gate.groups;
      for (int expert = 0; expert < size; ++expert) {
        eligible.push_back(groups[static_cast<std::size_t>(at)] * size + expert);
      }
    }
    std::set<int> reached;
    for (int draw = 0; draw < gate.top_k; ++draw) {
      const auto last = static_cast<int>(eligible.size()) - 1 - draw;
      const int at = std::uniform_int_distribution<int>(0, last)(random);
      reached.insert(eligible[static_cast<std::size_t>(at)] * blocks / experts);
      std::swap(eligible[static_cast<std::size_t>(at)], eligible[static_cast<std::size_t>(last)]);
    }
    sum += static_cast<double>(reached.size());
  }
  return sum / kTokens;
}

TEST_SUITE("model/routing") {
  TEST_CASE("distinct targets of uniform routing: published values") {
    // 256 experts, top-8 (DeepEP's tests, DeepSeek-V3).
    CHECK(distinct_targets(kUniform, 2) == Approx(1.993).epsilon(5e-4));
    CHECK(distinct_targets(kUniform, 4) == Approx(3.614).epsilon(5e-4));
    CHECK(distinct_targets(kUniform, 8) == Approx(5.295).epsilon(5e-4));
    CHECK(distinct_targets(kUniform, 16) == Approx(6.523).epsilon(5e-4));
    CHECK(distinct_targets(kUniform, 64) == Approx(7.676).epsilon(5e-4));
    CHECK(distinct_targets(kUniform, 256) == Approx(8.0));
  }

  TEST_CASE("by hand: 2 of 4 experts on 2 blocks") {
    // Both in one block in 2 of 6 draws: 1 * 1/3 + 2 * 2/3.
    CHECK(distinct_targets({.experts = 4, .top_k = 2}, 2) == Approx(5.0 / 3.0));
    // Unknown experts: independent draws, both in one block half the time.
    CHECK(distinct_targets({.experts = {}, .top_k = 2}, 2) == Approx(1.5));
    // 1 of 2 groups, a group a block: never more than one block.
    const Gate one{.experts = 4, .top_k = 2, .groups = 2, .groups_per_token = 1};
    CHECK(distinct_targets(one, 2) == Approx(1.0));
  }

  TEST_CASE("group-limited gates equal drawing, on blocks that nest with groups and that do not") {
    std::mt19937 random(61);
    for (const int blocks : {2, 4, 8, 16, 32, 64}) {
      CAPTURE(blocks);
      CHECK(distinct_targets(kGrouped, blocks) ==
            Approx(drawn_targets(kGrouped, blocks, random)).epsilon(kNear));
    }
    for (const auto& shape :
         {std::pair(240, 10), std::pair(288, 9), std::pair(288, 3), std::pair(240, 5)}) {
      const int experts = shape.first;
      const int blocks = shape.second;
      CAPTURE(experts);
      CAPTURE(blocks);
      Gate gate = kGrouped;
      gate.experts = experts;
      CHECK(distinct_targets(gate, blocks) ==
            Approx(drawn_targets(gate, blocks, random)).epsilon(kNear));
    }
  }

  TEST_CASE("group-limited gates where blocks nest: the closed forms") {
    // 4 of 8 groups of 32. On 16 blocks of 16 experts a token misses one unless its group is drawn:
    // 16 * 4/8 * (1 - C(128 - 16, 8) / C(128, 8)) = 5.339; on 8, 3.629; DeepSeek-V3 on 16 and 8
    // nodes.
    CHECK(distinct_targets(kGrouped, 16) == Approx(5.339).epsilon(2e-4));
    CHECK(distinct_targets(kGrouped, 8) == Approx(3.629).epsilon(2e-4));
    CHECK(distinct_targets(kGrouped, 4) == Approx(2.928).epsilon(2e-4));
    CHECK(distinct_targets(kGrouped, 2) == Approx(1.926).epsilon(2e-4));
  }

  TEST_CASE("limits: one block, as many as experts, never above min(B, k), growing with B") {
    for (const Gate& gate : {kUniform, kGrouped}) {
      CHECK(distinct_targets(gate, 1) == 1.0);
      double before = 1.0;
      for (int blocks = 2; blocks <= 256; blocks *= 2) {
        const double reached = distinct_targets(gate, blocks);
        CHECK(reached > before);
        CHECK(reached <= std::min(blocks, gate.top_k) * (1.0 + 1e-12));
        before = reached;
      }
    }
    // All groups taken is no limit.
    const Gate all{.experts = 256, .top_k = 8, .groups = 8, .groups_per_token = 8};
    CHECK(distinct_targets(all, 16) == distinct_targets(kUniform, 16));
  }

  TEST_CASE("a balanced router reaches as many targets as it can") {
    Gate gate = kUniform;
    gate.routing = Routing::kBalanced;
    CHECK(distinct_targets(gate, 4) == 4.0);
    CHECK(distinct_targets(gate, 64) == 8.0);
  }

  TEST_CASE("copies by rule, on 32 ranks in domains of 8") {
    const DomainLayout ranks{.ep_width = 32, .gpus_per_domain = 8, .off_domain_share = 0.75};
    const auto count = [&](Copies rule) { return copy_count(rule, kUniform, ranks); };
    CHECK(count(Copies::kPerExpert).inside == 2.0);
    CHECK(count(Copies::kPerExpert).outside == 6.0);  // LL: k (1 - 8/P)
    CHECK(count(Copies::kPerExpert).total == 8.0);
    CHECK(count(Copies::kPerRank).total == Approx(7.267).epsilon(5e-4));
    CHECK(count(Copies::kPerRank).outside == Approx(0.75 * 7.267).epsilon(5e-4));
    CHECK(count(Copies::kPerDomain).inside == Approx(7.267).epsilon(5e-4));
    CHECK(count(Copies::kPerDomain).outside == Approx(2.711).epsilon(5e-4));  // remote nodes
    CHECK(count(Copies::kPerDomain).total == Approx(3.614).epsilon(5e-4));
    CHECK(count(Copies::kAllGather).inside == 31.0);
    CHECK(count(Copies::kAllGather).outside == 3.0);
    CHECK(count(Copies::kAllGather).total == 31.0);
    // One rank sends nothing; one domain, nothing outside.
    for (const Copies rule :
         {Copies::kPerExpert, Copies::kPerRank, Copies::kPerDomain, Copies::kAllGather}) {
      CHECK(copy_count(rule, kUniform, {.ep_width = 1}).total == 0.0);
      CHECK(copy_count(rule, kUniform, {.ep_width = 8, .gpus_per_domain = 8}).outside == 0.0);
    }
  }

  TEST_CASE("all-gather bytes grow with the width and not with top-k") {
    const auto total = [](int top_k, int width) {
      const Gate gate{.experts = 256, .top_k = top_k};
      return copy_count(Copies::kAllGather, gate, {.ep_width = width}).total;
    };
    CHECK(total(2, 16) == total(8, 16));
    CHECK(total(8, 64) == 63.0);
  }

  TEST_CASE("thousands of groups and draws: finite, and as fewer say in the limit") {
    // A group a block: each of the M groups drawn is another block, reached unless all k of the
    // drawn experts miss its n: M (1 - C(n (M - 1), k) / C(n M, k)).
    const Gate gate{.experts = 8192, .top_k = 2, .groups = 2048, .groups_per_token = 1024};
    CHECK(distinct_targets(gate, 2048) == Approx(2.0 - 3.0 / 4095.0).epsilon(1e-9));
    // Whole groups on 2 blocks, M of g and k = 1: always one.
    const Gate one{.experts = 8192, .top_k = 1, .groups = 2048, .groups_per_token = 1024};
    CHECK(distinct_targets(one, 2) == Approx(1.0).epsilon(1e-9));
    CHECK(distinct_targets(one, 64) == Approx(1.0).epsilon(1e-9));
    // Two experts that fall anywhere but for the groups: in one of two halves with a chance of
    // 1/2, a little less since a draw takes one away.
    CHECK(distinct_targets(gate, 2) == Approx(1.5).epsilon(1e-3));
    for (const int groups : {512, 1024, 2048, 4096}) {
      CAPTURE(groups);
      for (const int blocks : {2, 4, 32, 512, 8192}) {
        const Gate many{
            .experts = 8192, .top_k = 8, .groups = groups, .groups_per_token = groups / 2};
        const double reached = distinct_targets(many, blocks);
        CHECK(std::isfinite(reached));
        CHECK(reached > 1.0);
        CHECK(reached <= std::min(8.0, 1.0 * blocks) + 1e-9);
      }
    }
    // Hundreds of draws, by logarithms, and as one by one: 1 - C(3/4 E, k) / C(E, k) on 4 blocks.
    double missed = 1.0;
    for (int draw = 0; draw < 300; ++draw) missed *= (49152.0 - draw) / (65536.0 - draw);
    CHECK(4.0 - distinct_targets({.experts = 65536, .top_k = 300}, 4) ==
          Approx(4.0 * missed).epsilon(1e-6));
    CHECK(distinct_targets({.experts = 65536, .top_k = 300}, 65536) == Approx(300.0).epsilon(1e-9));
  }

  TEST_CASE("few groups, counted one by one") {
    // 3 of 6 groups of 2 experts each, k = 3, on 4 blocks of 3 experts, so that blocks cut groups:
    // every choice of groups and experts.
    const Gate gate{.experts = 12, .top_k = 3, .groups = 6, .groups_per_token = 3};
    double reached = 0.0;
    double ways = 0.0;
    for (int a = 0; a < 6; ++a) {
      for (int b = a + 1; b < 6; ++b) {
        for (int c = b + 1; c < 6; ++c) {
          const std::vector<int> in = {2 * a, 2 * a + 1, 2 * b, 2 * b + 1, 2 * c, 2 * c + 1};
          for (std::size_t x = 0; x < 6; ++x) {
            for (std::size_t y = x + 1; y < 6; ++y) {
              for (std::size_t z = y + 1; z < 6; ++z) {
                reached += static_cast<double>(std::set{in[x] / 3, in[y] / 3, in[z] / 3}.size());
                ++ways;
              }
            }
          }
        }
      }
    }
    CHECK(distinct_targets(gate, 4) == Approx(reached / ways).epsilon(1e-12));
  }
}

}  // namespace
}  // namespace wideep::routing_test
