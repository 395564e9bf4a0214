#include "model/kernel_crossover.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/crossing.h"
#include "model/layer_costs.h"
#include "support/asked.h"
#include "support/draw.h"
#include "support/optimized.h"

namespace wideep::kernel_crossover_test {
namespace {

using doctest::Approx;

struct Phase {
  double latency_us;
  double floor_us;
  double bandwidth_gbps;
};

LinkPhase link(const Phase& phase) {
  LinkPhase made{.latency = ByWidth<Seconds>::constant(phase.latency_us * unit::us),
                 .bandwidth = Bandwidth::constant(phase.bandwidth_gbps * unit::GBps)};
  made.floor = ByWidth<Seconds>::constant(phase.floor_us * unit::us);
  return made;
}

/// k d s = 8 * 1000 * 1 B = 8 kB a token: 1 us a token and way at 8 GB/s. T = 100.
Problem two_kernels(const Phase& a, const Phase& b) {
  Problem p;
  p.workload.model.hidden_size = 1000;
  p.workload.model.top_k = 8;
  p.workload.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  p.workload.figures.expert.per_token = 0.5 * unit::us;
  p.fabric.kernels = {{.name = "LL", .dispatch = link(a), .combine = link(a), .limits = {}},
                      {.name = "HT", .dispatch = link(b), .combine = link(b), .limits = {}}};
  p.space.kernels = {0, 1};
  return p;
}

KernelCrossover crossover_of(const Phase& a, const Phase& b) {
  return with_asked(nearest_crossover, two_kernels(a, b), {.ep_width = 8});
}

TEST_SUITE("model/kernel_crossover") {
  TEST_CASE("both stand at their floors below: the same there, and the right one above") {
    // Out and back max(50, 10 + T) against max(50, 20 + T / 2) us: alike up to 40 tokens, then LL
    // leaves its floor.
    const KernelCrossover found = crossover_of({10, 50, 8}, {20, 50, 16});
    CHECK(*found.tokens.value == Approx(40.0));
    CHECK(found.dispatch_bytes / unit::B == Approx(320e3));
    CHECK_FALSE(found.below.has_value());
    CHECK(found.above == std::optional<std::size_t>(1));
    // Named the other way round, the other index.
    const KernelCrossover mirrored = crossover_of({20, 50, 16}, {10, 50, 8});
    CHECK(*mirrored.tokens.value == Approx(40.0));
    CHECK_FALSE(mirrored.below.has_value());
    CHECK(mirrored.above == std::optional<std::size_t>(0));
  }

  TEST_CASE("one floor hides what both take beyond: the same above") {
    // max(50, 10 + T) against 10 + T: alike from 40 tokens on.
    const KernelCrossover found = crossover_of({10, 50, 8}, {10, 0, 8});
    CHECK(*found.tokens.value == Approx(40.0));
    CHECK(found.below == std::optional<std::size_t>(1));
    CHECK_FALSE(found.above.has_value());
  }

  TEST_CASE("a touch is no crossing") {
    // max(50, 10 + T) and max(50, 30 + T / 2) both leave 50 us at 40 tokens: alike, then HT.
    // max(50, 10 + T) and 30 + T / 2 meet at 40 tokens and HT is faster on both sides.
    const KernelCrossover found = crossover_of({10, 50, 8}, {30, 0, 16});
    CHECK_FALSE(found.tokens.value.has_value());
    CHECK(found.tokens.reason == "HT is faster than LL at every size");
  }

  TEST_CASE("a crossing beyond any batch is none") {
    // 1 ns less latency against 1e-9 us less a token: at 2 million times 16,777,216 tokens.
    const KernelCrossover found = crossover_of({10, 0, 8}, {10.1, 0, 8.0000000001});
    CHECK_FALSE(found.tokens.value.has_value());
    CHECK(found.tokens.reason == "LL is faster than HT at every size");
  }

  TEST_CASE("what is said of both sides and of the batch is so, on 20,000 pairs with floors") {
    // Few values of each, so that plateaus, touches and equal kernels are among them.
    Draw draw(20'261'001);
    const auto one_of = [&](std::initializer_list<double> values) {
      return *(values.begin() + draw.whole(0, static_cast<int>(values.size()) - 1));
    };
    const auto phase = [&] {
      return link({one_of({0, 5, 12, 40}), one_of({0, 30, 100}), one_of({4, 8, 20, 40, 300})});
    };
    int crossings = 0;
    int plateaus = 0;
    for (int at = 0; at < draws(20'000); ++at) {
      CAPTURE(at);
      Problem p = two_kernels({1, 0, 1}, {1, 0, 1});
      for (Kernel& kernel : p.fabric.kernels) {
        kernel.dispatch = phase();
        kernel.combine = phase();
      }
      const int tokens = draw.whole(1, 2000);
      p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
      const Config config{.ep_width = 8};
      const auto comm = [&](std::size_t kernel, double batch) {
        return layer_costs(p, {.ep_width = 8, .kernel = kernel}).comm_time(batch).base();
      };
      const auto faster = [&](double batch) -> std::optional<std::size_t> {
        const double a = comm(0, batch);
        const double b = comm(1, batch);
        if (std::abs(a - b) <= 1e-11 * a) return std::nullopt;
        return a < b ? 0 : 1;
      };
      const KernelCrossover found = nearest_crossover(p, asked(p, config));
      if (!found.tokens.value) {
        // Not at whole numbers, at which the two may touch.
        for (const double batch : {0.0101, 1.0101, 30.0301, 1234.5678, 1e7 / 3.0}) {
          CHECK(faster(batch) == faster(tokens * 1.000123));
        }
        continue;
      }
      ++crossings;
      const double cross = *found.tokens.value;
      CHECK(found.below != found.above);
      CHECK(faster(cross * (1 - 1e-5)) == found.below);
      CHECK(faster(cross * (1 + 1e-5)) == found.above);
      if (!found.below || !found.above) ++plateaus;
      // It is the nearest one: up to the batch nothing changes.
      if (std::abs(cross / tokens - 1.0) > 1e-5) {
        CHECK(faster(tokens) == (tokens < cross ? found.below : found.above));
      }
    }
    CHECK(crossings > draws(4000));
    CHECK(plateaus > draws(400));
  }
}

}  // namespace
}  // namespace wideep::kernel_crossover_test
