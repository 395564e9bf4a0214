#include "report/cost_terms.h"

#include <cmath>

#include <doctest/doctest.h>

#include "search/answer.h"
#include "support/asked.h"
#include "support/one_layer_problem.h"
#include "support/optimized.h"
#include "support/preset_problem.h"
#include "support/random_problem.h"

namespace wideep::cost_terms_test {
namespace {

Seconds cost(const Problem& problem, const Prediction& prediction, CostTerm term) {
  return cost_of(problem.workload, prediction, term).value();
}

/// From one term to another, both included.
Seconds sum_of(const Problem& problem, const Prediction& prediction, CostTerm from, CostTerm to) {
  Seconds sum;
  for (int at = static_cast<int>(from); at <= static_cast<int>(to); ++at) {
    sum = sum + cost(problem, prediction, static_cast<CostTerm>(at));
  }
  return sum;
}

Prediction predicted(const Problem& problem, const Config& config) {
  return predict(problem, asked(problem, config));
}

TEST_SUITE("report/cost_terms") {
  TEST_CASE("stages and what is hidden sum to the layer, parts of a step to the step") {
    ProblemSource source(17, {.max_tokens = 3'000, .machines = true});
    int overlapped = 0;
    int priced = 0;
    for (int at = 0; at < draws(300); ++at) {
      const Problem problem = source.next();
      const Answer found = answer(problem);
      if (!found.optimum) continue;
      const Prediction& best = *found.optimum;
      CAPTURE(at);
      ++priced;
      const Seconds stages = sum_of(problem, best, CostTerm::kAttention, CostTerm::kHidden);
      CHECK(stages / best.layer == doctest::Approx(1.0).epsilon(1e-12));
      CHECK(cost(problem, best, CostTerm::kLayer) == best.layer);
      const Seconds parts = sum_of(problem, best, CostTerm::kMoeLayers, CostTerm::kLost);
      CHECK(parts / best.step.total == doctest::Approx(1.0).epsilon(1e-12));
      const double hidden = cost(problem, best, CostTerm::kHidden) / best.layer;
      // Without overlap shared experts beside a transfer may be slowed by more than that hides.
      if (best.config.overlap != Overlap::kNone) CHECK(hidden < 1e-9);
      if (hidden < -0.01) ++overlapped;
    }
    CHECK(priced > draws(100));
    CHECK(overlapped > 0);
  }

  TEST_CASE("differences of stages sum to the difference of layers") {
    const Problem problem = deepseek_on("h100-ib400");
    const std::size_t ll = kernel_of(problem, "LL");
    const Config plain{.ep_width = 64, .kernel = ll};
    Config dbo = plain;
    dbo.overlap = Overlap::kDbo;
    dbo.first_tokens = 64;
    const Prediction one = predicted(problem, plain);
    const Prediction other = predicted(problem, dbo);
    Seconds sum;
    for (int at = 0; is_stage(static_cast<CostTerm>(at)); ++at) {
      const auto term = static_cast<CostTerm>(at);
      sum = sum + (cost(problem, other, term) - cost(problem, one, term));
    }
    const Seconds layers = other.layer - one.layer;
    CHECK(layers < Seconds(0.0));
    CHECK(sum / layers == doctest::Approx(1.0).epsilon(1e-9));
  }

  TEST_CASE("the term that makes most of a difference counts against those that make up for it") {
    // Of a batch of 100: 10 us each way, 100 us of experts. The other: 40 us of dispatch (+30), 10
    // of combine, 80 us of experts (-20), so that it is 10 us slower.
    Problem one = one_layer_problem(100);
    Problem other = one;
    other.fabric.kernels[0].dispatch.latency = ByWidth<Seconds>::constant(40.0 * unit::us);
    other.workload.figures.expert.per_token = 0.8 * unit::us;
    const Config config{.ep_width = 8};
    const Prediction here = predicted(one, config);
    const Prediction there = predicted(other, config);
    CHECK(here.layer / unit::us == doctest::Approx(120.0));
    CHECK(there.layer / unit::us == doctest::Approx(130.0));
    CHECK(largest_difference(here, there) == CostTerm::kDispatch);
    CHECK(largest_difference(there, here) == CostTerm::kDispatch);
    // 60 us of experts (-40): the other is 10 us faster, by them.
    other.workload.figures.expert.per_token = 0.6 * unit::us;
    CHECK(largest_difference(here, predicted(other, config)) == CostTerm::kExperts);
    CHECK_FALSE(largest_difference(here, here));
  }

  TEST_CASE("a stage counts once a layer, the serving efficiency only where it differs") {
    // Two layers of +30 us each against +50 us outside of them.
    Problem one = one_layer_problem(100);
    one.workload.model.moe_layers = 2;
    Problem other = one;
    other.fabric.kernels[0].dispatch.latency = ByWidth<Seconds>::constant(40.0 * unit::us);
    other.workload.figures.outside.overhead = 50.0 * unit::us;
    const Config config{.ep_width = 8};
    const Prediction here = predicted(one, config);
    CHECK(largest_difference(here, predicted(other, config)) == CostTerm::kDispatch);
    other.workload.figures.outside.overhead = 70.0 * unit::us;
    CHECK(largest_difference(here, predicted(other, config)) == CostTerm::kOverhead);

    // At 10 % both lose nine times as much as they take, the other 1,170 us a layer more or less.
    one.workload.figures.outside.efficiency = 0.1;
    other.workload.figures.outside.efficiency = 0.1;
    const Prediction lossy = predicted(one, config);
    CHECK(largest_difference(lossy, predicted(other, config)) == CostTerm::kOverhead);
    CHECK(largest_difference(here, lossy) == CostTerm::kLost);
  }

  TEST_CASE("one fused kernel is compared with all that it does") {
    const Problem problem = deepseek_on(
        "gb200-nvl72",
        {"phase=prefill", "tokens_per_rank=16384", "model=deepseek-v4-pro", "context=8192"});
    const Config fused{
        .ep_width = 16, .kernel = kernel_of(problem, "MegaMoE"), .overlap = Overlap::kFused};
    const Config plain{.ep_width = 16, .kernel = kernel_of(problem, "NVL2")};
    const Prediction one = predicted(problem, fused);
    const Prediction other = predicted(problem, plain);
    REQUIRE(one.busy.dispatch == Seconds(0.0));
    REQUIRE(other.busy.dispatch > Seconds(0.0));
    CHECK(largest_difference(one, other) == CostTerm::kFused);
    CHECK(largest_difference(other, one) == CostTerm::kFused);
  }

  TEST_CASE("TPOT is of decode, TTFT of prefill with a context") {
    const Problem decode = deepseek_on("h100-ib400");
    const Config config{.ep_width = 64, .kernel = kernel_of(decode, "LL")};
    const Prediction one = predicted(decode, config);
    CHECK(cost_of(decode.workload, one, CostTerm::kTpot) == one.step.tpot);
    CHECK_FALSE(cost_of(decode.workload, one, CostTerm::kTtft));
    const Problem prefill = deepseek_on("h100-ib400", {"phase=prefill"});
    const Prediction other = predicted(prefill, config);
    CHECK_FALSE(cost_of(prefill.workload, other, CostTerm::kTpot));
    CHECK(cost_of(prefill.workload, other, CostTerm::kTtft) == other.step.ttft);
    // Where the layers are all that is stated, a step of them is no TPOT.
    const Problem stated = one_layer_problem(100);
    CHECK_FALSE(cost_of(stated.workload, predicted(stated, {.ep_width = 8}), CostTerm::kTpot));
  }
}

}  // namespace
}  // namespace wideep::cost_terms_test
