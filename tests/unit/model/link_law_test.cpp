// What laws of transfers declare is checked, and proofs know what they may assume.
#include "model/link_law.h"

#include <cmath>

#include <doctest/doctest.h>

#include "model/layer_costs.h"
#include "model/prediction.h"
#include "model/thresholds.h"
#include "search/optimize.h"
#include "support/asked.h"
#include "support/example_laws.h"
#include "support/random_problem.h"

namespace wideep::link_law_test {
namespace {

using doctest::Approx;

/// Whether what a law declares holds of so many random transfers.
LawProperties observed(const LinkLaw* law, ProblemSource& source) {
  LawProperties seen;
  constexpr double kRounding = 1e-12;
  for (int at = 0; at < 20'000; ++at) {
    const LinkCost link{
        .latency = Seconds(source.log_uniform(1e-7, 1e-4)),
        .per_token = Seconds(source.log_uniform(1e-9, 1e-6)),
        .floor = Seconds(source.uniform(0.0, 1e-4)),
        .law = law,
        .law_figures = {Seconds(source.log_uniform(1e-12, 1e-6)), source.log_uniform(1.0, 1e4)}};
    const double a = source.log_uniform(1e-2, 1e5);
    const double b = source.log_uniform(1e-2, 1e5);
    const int chunks = source.whole(1, 63);
    const double share = source.uniform(0.0, 1.0);
    const auto less = [&](Seconds x, Seconds y) { return x < y * (1.0 - kRounding); };
    if (less(link.time(a, chunks + 1), link.time(a, chunks))) seen.chunks_only_cost = false;
    if (less(link.time(std::max(a, b)), link.time(std::min(a, b)))) seen.grows = false;
    // Without its floor: a maximum is of two laws, each of which is concave.
    LinkCost line = link;
    line.floor = {};
    const Seconds chord = share * line.time(a) + (1.0 - share) * line.time(b);
    if (less(line.time(share * a + (1.0 - share) * b), chord)) seen.concave = false;
    if (less(line.time(a) + line.time(b), line.time(a + b))) seen.concave = false;
  }
  return seen;
}

TEST_SUITE("model/link_law") {
  TEST_CASE(
      "a law comes on top of the line, for each transfer, and without its figure is nothing") {
    // 2 chunks of 50 tokens: 2 * 10 us + 100 us + 2 * 50^2 * 0.01 us.
    const LinkCost link{.latency = 10.0 * unit::us,
                        .per_token = unit::us,
                        .law = &kQuadratic,
                        .law_figures = {0.01 * unit::us}};
    CHECK(link.time(100, 2) / unit::us == Approx(170.0));
    CHECK(link.time(100) / unit::us == Approx(210.0));
    LinkCost plain = link;
    plain.law_figures.time = {};
    CHECK(plain.time(100, 2) / unit::us == Approx(120.0));
    plain.law = nullptr;
    CHECK(plain.time(100, 2) / unit::us == Approx(120.0));
  }

  TEST_CASE("a ramp is half paid at its tokens, wholly by large transfers, and by every chunk") {
    // 100 tokens: 10 us + 100 us + 30 us * 100 / (100 + 50); in 2 chunks of 50 tokens
    // 2 * 10 us + 100 us + 2 * 30 us / 2.
    const LinkCost link{.latency = 10.0 * unit::us,
                        .per_token = unit::us,
                        .law = &kRampLaw,
                        .law_figures = {30.0 * unit::us, 50.0}};
    CHECK(link.time(100) / unit::us == Approx(130.0));
    CHECK(link.time(100, 2) / unit::us == Approx(150.0));
    CHECK(link.time(0) / unit::us == Approx(10.0));
    CHECK(link.beyond(5e9, 1.0) / unit::us == Approx(30.0));
  }

  TEST_CASE("what laws declare is what is seen of them") {
    ProblemSource source(20'261'128, {});
    for (const LinkLaw* law :
         {static_cast<const LinkLaw*>(nullptr), &kRampLaw, &kQuadratic, &kRoot, &kWaiting}) {
      const LawProperties declared = law == nullptr ? LawProperties{} : law->properties;
      const LawProperties seen = observed(law, source);
      CHECK(seen.chunks_only_cost == declared.chunks_only_cost);
      CHECK(seen.concave == declared.concave);
      CHECK(seen.grows == declared.grows);
    }
  }

  TEST_CASE("a layer has the properties that both of its transfers have") {
    LayerCosts costs;
    CHECK(costs.properties().all());
    costs.combine.law = &kRoot;
    CHECK(costs.properties().all());
    costs.dispatch.law = &kQuadratic;
    CHECK_FALSE(costs.properties().concave);
    CHECK_FALSE(costs.properties().chunks_only_cost);
    CHECK(costs.properties().grows);
    CHECK_FALSE(affine(costs));
  }

  TEST_CASE("the best split's break-even is only told of concave laws, other thresholds of all") {
    ProblemSource source(20'261'129, {.max_tokens = 2'000, .max_width = 16});
    int known = 0;
    for (int at = 0; at < 50; ++at) {
      Problem problem = source.next();
      problem.space.timing = Timing::kSchedule;
      const Config config = asked(problem, {.ep_width = 8});
      for (const LinkLaw* law : {&kQuadratic, &kRoot}) {
        for (Kernel& kernel : problem.fabric.kernels) put_law(*law, 1e-9, kernel);
        const Thresholds found = thresholds(problem, config);
        if (law == &kQuadratic) {
          CHECK_FALSE(found.break_even_tokens.value);
          CHECK(
              found.break_even_tokens.reason ==
              "the kernel's law is not concave in the tokens: the best split is not known at every "
              "batch");
        }
        known += found.full_overlap_tokens.value.has_value() ? 1 : 0;
        const auto& cross = found.kernel_crossover;
        if (!cross.tokens.value) continue;
        const Config other = asked(problem, {.ep_width = 8, .kernel = cross.other});
        const double tokens = *cross.tokens.value;
        CHECK(layer_costs(problem, config).comm_time(tokens).base() ==
              Approx(layer_costs(problem, other).comm_time(tokens).base()).epsilon(1e-6));
      }
    }
    CHECK(known > 0);
  }
}

}  // namespace
}  // namespace wideep::link_law_test
