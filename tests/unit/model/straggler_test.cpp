#include "model/straggler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include <doctest/doctest.h>

namespace wideep::straggler_test {
namespace {

using doctest::Approx;
using Kind = Skew::Kind;

constexpr auto kContiguous = Placement::kContiguous;
constexpr auto kBalanced = Placement::kBalanced;

double layer_imbalance(std::vector<double> layer, int ep_width, int slots, Placement placement) {
  return imbalance({{std::move(layer)}}, ep_width, slots, placement).mean;
}

/// DeepSeek-V3's experts, as in the published figures.
SkewCase deepseek(int ep_width, double routed, Placement placement = kContiguous, int slots = 256) {
  return {256, slots, 8, ep_width, routed, placement};
}

// What follows draws the same things by other means: whole tokens, each of them, and the largest.

using Generator = std::mt19937_64;

double largest_share(const std::vector<double>& loads) {
  const double total = std::accumulate(loads.begin(), loads.end(), 0.0);
  return *std::max_element(loads.begin(), loads.end()) / total * static_cast<double>(loads.size());
}

/// Every token picks k of E experts, all alike, none twice.
double drawn_uniform(const SkewCase& group, int tokens_per_rank, int steps) {
  Generator bits(1);
  std::vector<int> experts(static_cast<std::size_t>(group.experts));
  std::iota(experts.begin(), experts.end(), 0);
  const int per_rank = group.experts / group.ep_width;
  double sum = 0.0;
  for (int step = 0; step < steps; ++step) {
    std::vector<double> loads(static_cast<std::size_t>(group.ep_width));
    for (int token = 0; token < tokens_per_rank * group.ep_width; ++token) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(group.top_k); ++i) {
        std::swap(experts[i], experts[i + bits() % (experts.size() - i)]);
        loads[static_cast<std::size_t>(experts[i] / per_rank)] += 1.0;
      }
    }
    sum += largest_share(loads);
  }
  return sum / steps;
}

std::vector<double> normalized(std::vector<double> shares) {
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= total;
  return shares;
}

std::vector<double> dirichlet(int experts, double alpha, Generator& bits) {
  std::gamma_distribution<double> gamma(alpha);
  std::vector<double> shares(static_cast<std::size_t>(experts));
  for (double& share : shares) share = gamma(bits);
  return normalized(std::move(shares));
}

std::vector<double> zipf(int experts, double s) {
  std::vector<double> shares(static_cast<std::size_t>(experts));
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shares[i] = std::pow(static_cast<double>(i + 1), -s);
  }
  return normalized(std::move(shares));
}

std::vector<double> by_rank(const std::vector<double>& shares, int ep_width) {
  std::vector<double> loads(static_cast<std::size_t>(ep_width));
  for (std::size_t i = 0; i < shares.size(); ++i) {
    loads[i * loads.size() / shares.size()] += shares[i];
  }
  return loads;
}

/// Rank loads of a step with exactly that many routed tokens, one after the other.
std::vector<double> multinomial(const std::vector<double>& shares, int routed, Generator& bits) {
  std::vector<double> loads(shares.size());
  int left = routed;
  double share_left = 1.0;
  for (std::size_t i = 0; i < shares.size() && left > 0; ++i) {
    const double share = std::clamp(shares[i] / share_left, 0.0, 1.0);
    const int count =
        i + 1 == shares.size() ? left : std::binomial_distribution<int>(left, share)(bits);
    loads[i] = count;
    left -= count;
    share_left -= shares[i];
  }
  return loads;
}

/// With k = 1: every token takes one expert.
double drawn_dirichlet(double alpha, const SkewCase& group, int steps) {
  Generator bits(2);
  const int routed = static_cast<int>(group.routed) * group.ep_width;
  double sum = 0.0;
  for (int step = 0; step < steps; ++step) {
    const std::vector<double> ranks =
        by_rank(dirichlet(group.experts, alpha, bits), group.ep_width);
    sum += largest_share(multinomial(ranks, routed, bits));
  }
  return sum / steps;
}

/// (1 / mu) sum_m (1 - F(m)^P) of the negative binomial law, every term of it.
double summed_factor(double mean, double shape, int ranks) {
  double log_mass = -shape * std::log1p(mean / shape);
  double below = std::exp(log_mass);
  double sum = 0.0;
  for (double x = 0.0; x <= mean || below < 1.0 - 1e-10; x += 1.0) {
    sum += 1.0 - std::pow(below, ranks);
    log_mass += std::log((x + shape) / (x + 1.0) * mean / (mean + shape));
    if (log_mass < -35.0 && x > mean) break;
    below = std::min(1.0, below + std::exp(log_mass));
  }
  return sum / mean;
}

/// Popularity in any order, without the noise of few tokens.
double drawn_zipf(double s, int ep_width, int draws) {
  Generator bits(3);
  std::vector<double> shares = zipf(256, s);
  double sum = 0.0;
  for (int draw = 0; draw < draws; ++draw) {
    std::shuffle(shares.begin(), shares.end(), bits);
    sum += largest_share(by_rank(shares, ep_width));
  }
  return sum / draws;
}

TEST_SUITE("model/straggler") {
  TEST_CASE("contiguous experts lie on the ranks in file order") {
    // Ranks 4 + 2 and 1 + 1 of a mean of 4.
    CHECK(layer_imbalance({4, 2, 1, 1}, 2, 4, kContiguous) == Approx(6.0 / 4.0));
    CHECK(layer_imbalance({4, 2, 1, 1}, 4, 4, kContiguous) == Approx(4.0 / 2.0));
    CHECK(layer_imbalance({4, 2, 1, 1}, 1, 4, kContiguous) == 1.0);
    // Two redundant slots stay empty.
    CHECK(layer_imbalance({4, 2, 1, 1}, 2, 6, kContiguous) == Approx(6.0 / 4.0));
    // 5 experts on 3 ranks of 2 slots: 2 + 2, 2 + 2, 1.
    CHECK(layer_imbalance({2, 2, 2, 2, 1}, 3, 6, kContiguous) == Approx(4.0 / 3.0));
    // 4 experts on 3 ranks of 2 slots: the last is idle.
    CHECK(layer_imbalance({1, 1, 1, 1}, 3, 6, kContiguous) == Approx(2.0 / (4.0 / 3.0)));
  }

  TEST_CASE("balanced: the heaviest first, to the least loaded rank with room") {
    // 4 to A, 2 to B, 1 to B; A has the last slot: 5 and 3, though B is less loaded.
    CHECK(layer_imbalance({1, 4, 1, 2}, 2, 4, kBalanced) == Approx(5.0 / 4.0));
    // 5 to A, 4 and 3 to B, 3 to A, 3 to B, which is full, 1 to A: 9 and 10.
    CHECK(layer_imbalance({5, 4, 3, 3, 3, 1}, 2, 6, kBalanced) == Approx(10.0 / 9.5));
  }

  TEST_CASE("balanced: a hot expert gets the redundant slots, on different ranks") {
    // 8 becomes 4 + 4, and 4 is now the hottest too, but the last replica goes to the first of
    // equals: 8/3 three times, 4, 2, 2 on 3 ranks of 2. 4 | 8/3 | 8/3; 8/3 to neither of those
    // two, so beside the 4: 20/3, 14/3, 14/3.
    CHECK(layer_imbalance({8, 4, 2, 2}, 3, 6, kBalanced) == Approx(20.0 / 16.0));
    // One redundant pair: 4 + 4 and 4, and 2, 2, 2 in the other slots.
    CHECK(layer_imbalance({8, 4, 2, 2, 2}, 3, 6, kBalanced) == Approx(1.0));
    // One expert does all the work, and every rank has it.
    CHECK(layer_imbalance({9}, 3, 3, kBalanced) == Approx(1.0));
    CHECK(layer_imbalance({9, 0, 0, 0}, 2, 6, kContiguous) == Approx(2.0));
    // EPLB replicates without regard to the ranks: 3 replicas on 2 of them are 6 and 3; 4 are even.
    CHECK(layer_imbalance({9, 0, 0, 0}, 2, 6, kBalanced) == Approx(6.0 / 4.5));
    CHECK(layer_imbalance({9, 0, 0}, 2, 6, kBalanced) == Approx(1.0));
  }

  TEST_CASE("over layers: the mean, and a percentile between neighbours") {
    const ExpertCounts counts{{{2, 2}, {3, 1}, {4, 0}}};  // 1, 1.5, 2
    const Imbalance all = imbalance(counts, 2, 2, kContiguous);
    CHECK(all.mean == Approx(1.5));
    CHECK(all.p95 == Approx(1.95));  // 0.95 of the way is 1.9 of 2 steps: 1.5 + 0.9 * 0.5
    CHECK(imbalance({}, 2, 2, kContiguous).mean == 1.0);
    CHECK(layer_imbalance({0, 0}, 2, 2, kContiguous) == 1.0);
    CHECK(layer_imbalance({1e308, 1e308, 1e308, 1e308}, 2, 4, kBalanced) == Approx(1.0));
    CHECK(layer_imbalance({5e-324, 0}, 2, 2, kContiguous) == Approx(2.0));
  }

  TEST_CASE("uniform experts: published values") {
    // shared/facts/theory.md 2.6, a Monte Carlo of routing; that of 32 ranks and 4 tokens is 0.7 %
    // above ours below.
    const auto factor = [](int ep_width, double tokens) {
      return straggler_factor({}, deepseek(ep_width, tokens * 8));
    };
    CHECK(factor(8, 4) == Approx(1.253).epsilon(0.01));
    CHECK(factor(32, 4) == Approx(1.387).epsilon(0.01));
    CHECK(factor(32, 16) == Approx(1.190).epsilon(0.01));
    CHECK(factor(32, 64) == Approx(1.094).epsilon(0.01));
    CHECK(factor(64, 64) == Approx(1.105).epsilon(0.01));
    CHECK(factor(128, 16) == Approx(1.234).epsilon(0.01));
    CHECK(factor(256, 4) == Approx(1.523).epsilon(0.01));
    CHECK(factor(256, 1024) == Approx(1.031).epsilon(0.01));
  }

  TEST_CASE("uniform experts: whole tokens routed to k of E") {
    const auto check = [](const SkewCase& shape, int tokens, int steps, double within) {
      CAPTURE(shape.ep_width);
      CAPTURE(tokens);
      SkewCase group = shape;
      group.routed = tokens * shape.top_k;
      CHECK(straggler_factor({}, group) ==
            Approx(drawn_uniform(group, tokens, steps)).epsilon(within));
    };
    check(deepseek(8, 0), 4, 2000, 0.01);
    check(deepseek(32, 0), 4, 1000, 0.01);
    check(deepseek(32, 0), 1, 2000, 0.015);
    check(deepseek(64, 0), 16, 100, 0.01);
    check({8, 8, 2, 8, 0, kContiguous}, 16, 3000, 0.01);
    check({16, 16, 8, 8, 0, kContiguous}, 8, 2000, 0.01);
  }

  TEST_CASE("uniform experts: many tokens follow the normal law") {
    // z_P = E[largest of P standard normals] (Teichroew 1956): 0.56419, 2.06967 (P = 32).
    const auto excess = [](int ep_width, double routed) {
      return (straggler_factor({}, deepseek(ep_width, routed)) - 1.0) *
             std::sqrt(routed * 255.0 / 248.0);
    };
    CHECK(excess(2, 1e6) == Approx(0.56419).epsilon(0.002));
    CHECK(excess(32, 1e6) == Approx(2.06967).epsilon(0.002));
    CHECK(excess(32, 1e9) == Approx(2.06967).epsilon(0.002));
  }

  TEST_CASE("Dirichlet experts: many tokens leave the largest of gamma variates") {
    // alpha 0.5 and 2 experts a rank: exponential rank loads, whose largest has the mean of the
    // harmonic sum 1 + 1/2 + ... + 1/P (Renyi 1953): 2.71786 of 8.
    const SkewCase group{16, 16, 1, 8, 1e8, kContiguous};
    CHECK(straggler_factor({Kind::kDirichlet, 0.5}, group) == Approx(2.71786).epsilon(0.001));
    // Counts of any size: the geometric law, sum_m (1 - (1 - q^(m+1))^2) = 2 mu - q^2 / (1 - q^2)
    // of 2 with mean mu, q = mu / (1 + mu). mu = 3: 6 - (9/16) / (7/16) = 33/7.
    CHECK(straggler_factor({Kind::kDirichlet, 0.5}, {4, 4, 1, 2, 3, kContiguous}) ==
          Approx(33.0 / 7.0 / 3.0).epsilon(1e-6));
  }

  TEST_CASE("strides lose nothing: the sum term by term") {
    for (const double alpha : {0.01, 0.1, 0.9, 10.0, 1e6}) {
      for (const double mean : {0.5, 20.0, 3000.0, 40000.0}) {
        CAPTURE(alpha);
        CAPTURE(mean);
        const SkewCase group{256, 256, 1, 32, mean, kContiguous};
        CHECK(straggler_factor({Kind::kDirichlet, alpha}, group) ==
              Approx(summed_factor(mean, 8 * alpha, 32)).epsilon(0.001));
      }
    }
  }

  TEST_CASE("Dirichlet experts: drawn tokens agree") {
    for (const double alpha : {0.1, 0.5, 2.0, 10.0}) {
      for (const SkewCase& group : {SkewCase{256, 256, 1, 8, 32},
                                    SkewCase{256, 256, 1, 32, 64},
                                    SkewCase{256, 256, 1, 32, 1024},
                                    SkewCase{256, 256, 1, 64, 256}}) {
        CAPTURE(alpha);
        CAPTURE(group.ep_width);
        CAPTURE(group.routed);
        CHECK(straggler_factor({Kind::kDirichlet, alpha}, group) ==
              Approx(drawn_dirichlet(alpha, group, 400)).epsilon(0.03));
      }
    }
  }

  TEST_CASE("Zipf experts: random placements, and packed ones") {
    // shared/facts/theory.md 2.6, 256 experts on 32 ranks: s, placed at random, packed.
    struct Published {
      double s;
      double random;
      double packed;
    };
    for (const Published& row : {Published{0.2, 1.21, 1.09},
                                 Published{0.4, 1.60, 1.27},
                                 Published{0.6, 2.38, 1.91},
                                 Published{0.8, 3.77, 3.23},
                                 Published{1.0, 5.98, 5.37}}) {
      CAPTURE(row.s);
      const Skew skew{Kind::kZipf, row.s};
      const double factor = straggler_factor(skew, deepseek(32, 1e9));
      CHECK(factor == Approx(row.random).epsilon(0.02));
      CHECK(factor == Approx(drawn_zipf(row.s, 32, 4000)).epsilon(0.03));
      CHECK(straggler_factor(skew, deepseek(32, 1e9, kBalanced)) ==
            Approx(row.packed).epsilon(0.01));
    }
    CHECK(straggler_factor({Kind::kZipf, 0.0}, deepseek(32, 64)) ==
          straggler_factor({}, deepseek(32, 64)));
    CHECK(straggler_factor({Kind::kZipf, 1e-6}, deepseek(32, 64)) ==
          Approx(straggler_factor({}, deepseek(32, 64))).epsilon(0.01));
  }

  TEST_CASE("few tokens make Zipf experts worse, as drawn tokens say") {
    Generator bits(4);
    for (const int routed : {4, 32, 256}) {
      CAPTURE(routed);
      std::vector<double> shares = zipf(256, 0.5);
      double sum = 0.0;
      constexpr int kSteps = 2000;
      for (int step = 0; step < kSteps; ++step) {
        std::shuffle(shares.begin(), shares.end(), bits);
        sum += largest_share(multinomial(by_rank(shares, 32), routed * 32, bits));
      }
      const SkewCase group{256, 256, 1, 32, static_cast<double>(routed), kContiguous};
      CHECK(straggler_factor({Kind::kZipf, 0.5}, group) == Approx(sum / kSteps).epsilon(0.03));
    }
  }

  TEST_CASE("balanced Dirichlet experts: as placed one by one") {
    Generator bits(5);
    ExpertCounts drawn;
    for (int layer = 0; layer < 200; ++layer) drawn.layers.push_back(dirichlet(64, 0.3, bits));
    for (const int slots : {64, 80}) {
      const SkewCase group{64, slots, 1, 16, 1e9, kBalanced};
      CHECK(straggler_factor({Kind::kDirichlet, 0.3}, group) ==
            Approx(imbalance(drawn, 16, slots, kBalanced).mean).epsilon(0.03));
    }
  }

  TEST_CASE("balancing takes the skew, and leaves the noise of few tokens") {
    const double uniform = straggler_factor({}, deepseek(32, 1024));
    CHECK(straggler_factor({}, deepseek(32, 1024, kBalanced)) == uniform);
    for (const Skew& skew : {Skew{}, Skew{Kind::kDirichlet, 1.0}, Skew{Kind::kZipf, 0.6}}) {
      CHECK(straggler_factor(skew, deepseek(32, 1024, kBalanced, 288)) ==
            Approx(uniform).epsilon(0.01));
    }
    // 32 of 256 experts have a replica; 36 ranks of 8: 7 whole loads, or 6 and 2 halves; 8 ranks
    // have 7 and a half of 64/9 in the mean.
    CHECK(straggler_factor({}, deepseek(36, 1e9, kBalanced, 288)) ==
          Approx(7.5 / (64.0 / 9.0)).epsilon(0.001));
    // Contiguous, 32 ranks have 8 and 4 have none.
    CHECK(straggler_factor({}, deepseek(36, 1e9, kContiguous, 288)) ==
          Approx(36.0 / 32.0).epsilon(0.001));
  }

  // TensorRT-LLM, tech blog 4, table 1 (shared/data/imbalance.csv): DeepSeek-R1, 1024 routed
  // tokens a rank, mean over layers and iterations. Expert level: CV 1.282, hottest expert 11.948
  // times the mean. What is fitted never saw the rank level.
  TEST_CASE("TensorRT-LLM's ranks follow from its experts") {
    const auto misfit = [](double s) {
      const std::vector<double> shares = zipf(256, s);
      double squares = 0.0;
      for (const double share : shares) squares += (share * 256 - 1.0) * (share * 256 - 1.0);
      const double spread = std::log(std::sqrt(squares / 256) / 1.282);
      const double peak = std::log(shares.front() * 256 / 11.948);
      return spread * spread + peak * peak;
    };
    double fitted = 0.0;
    for (int thousandth = 0; thousandth < 2000; ++thousandth) {
      const double s = thousandth / 1000.0;
      if (misfit(s) < misfit(fitted)) fitted = s;
    }
    CHECK(fitted == Approx(0.6).epsilon(0.1));
    const Skew skew{Kind::kZipf, fitted};
    const double without = straggler_factor(skew, deepseek(32, 1024));
    const double wide32 = straggler_factor(skew, deepseek(32, 1024, kBalanced, 288));
    const double wide36 = straggler_factor(skew, deepseek(36, 1024, kBalanced, 288));
    CHECK(without == Approx(2.564).epsilon(0.15));
    CHECK(wide32 == Approx(1.109).epsilon(0.15));
    CHECK(wide36 == Approx(1.115).epsilon(0.15));
  }

  TEST_CASE("more tokens are never worse, more ranks never better") {
    for (const Skew& skew : {Skew{}, Skew{Kind::kDirichlet, 0.5}, Skew{Kind::kDirichlet, 0.01}}) {
      for (const int ep_width : {2, 8, 32, 128}) {
        double previous = ep_width;
        double routed = 1e-3;
        while (routed < 1e9) {
          routed *= 3.0;
          CAPTURE(ep_width);
          CAPTURE(routed);
          const double factor = straggler_factor(skew, deepseek(ep_width, routed));
          CHECK(factor <= previous * (1.0 + 1e-4));
          CHECK(factor <= straggler_factor(skew, deepseek(2 * ep_width, routed)) * (1.0 + 1e-4));
          previous = factor;
        }
      }
    }
    for (const int ep_width : {8, 32, 128}) {
      const auto zipf_factor = [](int ranks, double routed) {
        return straggler_factor({Kind::kZipf, 0.6}, deepseek(ranks, routed));
      };
      CAPTURE(ep_width);
      CHECK(zipf_factor(ep_width, 4) > zipf_factor(ep_width, 32));
      CHECK(zipf_factor(ep_width, 32) > zipf_factor(ep_width, 1024));
      CHECK(zipf_factor(2 * ep_width, 1024) > zipf_factor(ep_width, 1024));
    }
    double previous = 1e9;
    for (const double alpha : {1e-3, 1e-2, 0.1, 0.9, 1.0, 1.1, 10.0, 1e3, 1e6}) {
      const double factor = straggler_factor({Kind::kDirichlet, alpha}, deepseek(32, 512));
      CHECK(factor < previous);
      previous = factor;
    }
    CHECK(previous == Approx(straggler_factor({}, deepseek(32, 512))).epsilon(0.001));
  }

  TEST_CASE("one rank has no straggler, where all experts are chosen, no choice is left") {
    CHECK(straggler_factor({Kind::kZipf, 1.0}, deepseek(1, 8)) == 1.0);
    CHECK(straggler_factor({Kind::kDirichlet, 0.5}, {8, 8, 8, 4, 100, kContiguous}) == 1.0);
    CHECK(straggler_factor({}, {1, 4, 1, 4, 100, kBalanced}) == 1.0);
    // One of four ranks does it all.
    CHECK(straggler_factor({}, {1, 4, 1, 4, 100, kContiguous}) == 4.0);
    // A lone token visits 8 of 256 ranks: 1 against 8 / 256.
    CHECK(straggler_factor({}, deepseek(256, 1e-3)) == 32.0);
  }

  TEST_CASE("any case is finite, and between 1 and P") {
    for (const Skew& skew : {Skew{},
                             Skew{Kind::kDirichlet, 1e-3},
                             Skew{Kind::kDirichlet, 1.0},
                             Skew{Kind::kDirichlet, 1e6},
                             Skew{Kind::kZipf, 0.5},
                             Skew{Kind::kZipf, 50.0}}) {
      for (const double routed : {1e-3, 1.0, 1e3, 1e9}) {
        for (const SkewCase& shape : {SkewCase{2, 2, 1, 2},
                                      SkewCase{256, 288, 8, 36},
                                      SkewCase{3, 8, 2, 8},
                                      SkewCase{16384, 16384, 1, 16384},
                                      SkewCase{65536, 65536, 65535, 64}}) {
          SkewCase group = shape;
          group.routed = routed;
          // Placing 65536 experts anew in every draw takes long.
          const bool large = shape.experts > 256 && skew.kind == Kind::kDirichlet;
          for (const Placement placement : {kContiguous, large ? kContiguous : kBalanced}) {
            group.placement = placement;
            const double factor = straggler_factor(skew, group);
            CAPTURE(skew.strength);
            CAPTURE(routed);
            CAPTURE(shape.experts);
            CHECK(std::isfinite(factor));
            CHECK(factor >= 1.0);
            CHECK(factor <= shape.ep_width);
          }
        }
      }
    }
  }

  TEST_CASE("the same case gives the same factor") {
    const Skew skew{Kind::kZipf, 0.6};
    const double first = straggler_factor(skew, deepseek(32, 64));
    CHECK(straggler_factor({Kind::kZipf, 0.5}, deepseek(32, 64)) != first);
    CHECK(straggler_factor(skew, deepseek(32, 64)) == first);
  }
}

}  // namespace
}  // namespace wideep::straggler_test
