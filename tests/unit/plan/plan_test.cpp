// The plan against an enumeration of step sizes, batches and counts.
#include "plan/plan.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "model/figures.h"
#include "model/what_fits.h"
#include "plan/pricing.h"
#include "search/optimize.h"
#include "support/draw.h"
#include "support/enumerated_plan.h"
#include "support/optimized.h"

namespace wideep::plan_test {
namespace {

using doctest::Approx;
using enumerated::kMostCount;
using enumerated::kNone;
using enumerated::question;

/// Limits that mostly bind.
void bind(PlanQuestion& asked, Draw& draw) {
  asked.level.tpot = draw.uniform(30.0, 120.0) * unit::ms;
  if (draw.whole(0, 3) > 0) asked.level.ttft = draw.uniform(0.3, 3.0) * Seconds(1.0);
  if (draw.whole(0, 5) == 0) asked.roles = Roles::kAggregated;
  const int kind = draw.whole(0, 9);
  if (kind < 3) {
    asked.demand.gpus = 8 * draw.whole(2, 12);
  } else if (kind < 9) {
    asked.demand.rate = PerSecond(std::exp(draw.uniform(std::log(0.2), std::log(6.0))));
  }
  asked.max_utilisation = draw.uniform(0.6, 0.95);
}

TEST_SUITE("plan/plan") {
  TEST_CASE("means of lengths, by hand") {
    const RequestLengths lengths{.all = {{1000.0, 100.0, 3.0}, {3000.0, 300.0, 1.0}},
                                 .cached_share = 0.5};
    CHECK(mean_input(lengths) == Approx(1500.0));
    CHECK(mean_output(lengths) == Approx(150.0));
    CHECK(mean_computed(lengths) == Approx(750.0));
    // A token of a prompt is of the long one in half of the cases: 3 x 1000 of 6000.
    CHECK(prompt_context(lengths) == Approx(2000.0));
    // Steps: 300 with 1,050 tokens on average, 300 with 3,150.
    CHECK(decode_context(lengths) == Approx(2100.0));
    CHECK(prompt_share(lengths, 250.0) == Approx(0.75));
  }

  TEST_CASE("lengths of prompts are told in 16 parts of the same mean") {
    RequestLengths lengths;
    lengths.all.clear();
    for (int at = 1; at <= 1000; ++at) {
      lengths.all.push_back({.input_tokens = 10.0 * at, .output_tokens = 5.0, .weight = 1.0});
    }
    const std::vector<PromptLength> parts = prompt_lengths(lengths);
    CHECK(parts.size() == 16);
    double sum = 0.0;
    double weights = 0.0;
    for (const PromptLength& part : parts) {
      sum += part.weight * part.tokens;
      weights += part.weight;
    }
    CHECK(weights == Approx(1000.0));
    CHECK(sum / weights == Approx(mean_input(lengths)));
  }

  TEST_CASE("a plan is the best of all step sizes, batches and counts, on 500 random questions") {
    constexpr unsigned kSeed = 162'001;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    int found = 0;
    int bound_by_ttft = 0;
    constexpr int kDraws = kOptimized ? 500 : 10;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const char* const fabric = draw.whole(0, 1) == 0 ? "gb200-nvl72" : "h200-ib400";
      PlanQuestion asked =
          question(fabric, draw.uniform(200.0, 6000.0), draw.uniform(50.0, 1500.0));
      bind(asked, draw);
      const PlanResult result = best_plan(asked);
      const double least = enumerated::best(asked).cost;
      const bool beyond = result.best && result.best->instances() > kMostCount;
      if (beyond) continue;
      REQUIRE(result.best.has_value() == (least < kNone));
      if (!result.best) continue;
      ++found;
      CHECK(result.best->cost == Approx(least).epsilon(1e-5));
      PlanQuestion open = asked;
      open.level.ttft.reset();
      if (asked.level.ttft && best_plan(open).best->cost < result.best->cost * 0.999) {
        ++bound_by_ttft;
      }
    }
    CHECK(found > kDraws / 2);
    // Few draws may hold none.
    if (kOptimized) CHECK(bound_by_ttft > kDraws / 50);
  }

  TEST_CASE("instances of both roles: a looser TPOT does not lose what a tighter one holds") {
    PlanQuestion asked = question("gb200-nvl72", 4096.0, 1024.0);
    asked.decode.workload.traffic.choice->most = 4096;
    asked.roles = Roles::kAggregated;
    asked.demand.rate = PerSecond(50.0);
    asked.level.ttft = Seconds(0.6);
    // Steps of octaves in quarters: so much of a batch may be missed.
    const double rounding = std::exp2(0.25);
    double tighter = kNone;
    int held = 0;
    for (const double tpot : {40.0, 60.0, 80.0, 100.0, 150.0, 200.0, 400.0}) {
      CAPTURE(tpot);
      asked.level.tpot = tpot * unit::ms;
      const auto best = best_plan(asked).best;
      if (tighter < kNone) REQUIRE(best.has_value());
      if (!best) continue;
      CHECK(best->cost <= tighter * rounding);
      tighter = std::min(tighter, best->cost);
      ++held;
    }
    CHECK(held > 4);
  }

  TEST_CASE("the same of requests in flight, on 40 random questions") {
    constexpr unsigned kSeed = 162'002;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    int found = 0;
    constexpr int kDraws = draws(40);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      PlanQuestion asked =
          question("gb200-nvl72", draw.uniform(200.0, 6000.0), draw.uniform(50.0, 1500.0));
      asked.decode.workload.traffic.choice->most = 6;
      asked.prefill.workload.traffic.choice->least = 1024;
      bind(asked, draw);
      asked.roles = Roles::kDisaggregated;
      asked.demand = {.rate = {}, .concurrency = draw.whole(10, 500), .gpus = {}};
      const PlanResult result = best_plan(asked);
      const bool beyond = result.best && result.best->instances() > kMostCount;
      if (beyond) continue;
      const double least = enumerated::best(asked).cost;
      REQUIRE(result.best.has_value() == (least < kNone));
      if (!result.best) continue;
      ++found;
      CHECK(result.best->cost == least);
    }
    CHECK(found > kDraws / 3);
  }

  TEST_CASE("more traffic, less time and slower steps never take fewer GPUs") {
    PlanQuestion asked = question("gb200-nvl72", 4000.0, 500.0);
    asked.level.tpot = 60.0 * unit::ms;
    asked.level.ttft = Seconds(2.0);
    asked.demand.rate = PerSecond(4.0);
    const double cost = best_plan(asked).best->cost;
    const auto with = [&](const auto& change) {
      PlanQuestion other = asked;
      change(other);
      const auto best = best_plan(other).best;
      return best ? best->cost : kNone;
    };
    CHECK(with([](PlanQuestion& other) { other.demand.rate = PerSecond(40.0); }) > cost);
    CHECK(with([](PlanQuestion& other) { other.slower = 1.5; }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.level.ttft = Seconds(0.5); }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.lengths.cached_share = 0.5; }) <= cost);
    CHECK(with([](PlanQuestion& other) { other.max_utilisation = 0.5; }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.level.ttft = Seconds(0.001); }) == kNone);
    CHECK(with([](PlanQuestion& other) { other.demand.gpus = 8; }) == kNone);
  }

  TEST_CASE("a share of prompts in decode steps costs what prompts cost") {
    PlanQuestion asked = question("gb200-nvl72", 4000.0, 500.0);
    Problem problem = asked.decode;
    const auto core_per_token = [](const Problem& of) {
      return figures_of(of.workload, of.fabric).dense.core.per_token;
    };
    const Seconds decode = core_per_token(problem);
    const Seconds prompts = core_per_token(asked.prefill);
    problem.workload.traffic.prompts =
        ChunkedPrompts{.share = 0.25, .context = 4000, .cached_tokens = 0};
    CHECK(core_per_token(problem).base() == Approx(0.75 * decode.base() + 0.25 * prompts.base()));
    problem.workload.traffic.prompts->share = 0.0;
    CHECK(core_per_token(problem).base() == Approx(decode.base()));
    // The second half of a prompt attends to three quarters of it on average, not to one half.
    Problem half = asked.prefill;
    half.workload.traffic.cached_tokens = 2000;
    CHECK(core_per_token(half) / prompts == Approx(1.5).epsilon(0.02));
  }
}

}  // namespace
}  // namespace wideep::plan_test
