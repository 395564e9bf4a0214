#include "search/beyond_tpot.h"

#include <doctest/doctest.h>

#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::beyond_tpot_test {
namespace {

TEST_SUITE("search/beyond_tpot") {
  TEST_CASE("the nearest answer has the shortest wait of all, on 400 problems of a global batch") {
    // Wider, a rank has fewer tokens, and everything outside the layer is faster; so that the
    // fastest layer is not always the shortest wait.
    ProblemSource source(20'261'007, {.max_tokens = 60, .max_chunks = 6, .transfer_limits = true});
    int other_width = 0;
    int compared = 0;
    for (int at = 0; at < 400; ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.workload.traffic.tokens = GlobalTokens{source.whole(20, 400)};
      problem.workload.figures.outside.head.per_token = Seconds(source.log_uniform(1e-5, 1e-2));
      problem.workload.model.moe_layers = source.whole(1, 3);
      problem.workload.figures.outside.efficiency = 0.8;
      double shortest = std::numeric_limits<double>::infinity();
      double fastest = shortest;
      double wait_of_fastest = shortest;
      reference::for_each(problem, [&](const Config&, int tokens, double time) {
        const double head = tokens * problem.workload.figures.outside.head.per_token.base();
        const double overhead = problem.workload.figures.outside.overhead.base();
        const double wait = (problem.workload.model.moe_layers * time + head + overhead) / 0.8;
        shortest = std::min(shortest, wait);
        if (time < fastest * (1 - 1e-12)) {
          fastest = time;
          wait_of_fastest = wait;
        }
      });
      problem.workload.slo.tpot = Seconds(1e-12);
      const SearchResult result = optimize(problem, Solver::kBoth);
      CHECK_FALSE(result.optimum.has_value());
      REQUIRE(result.fastest.has_value() == (shortest < 1e300));
      if (!result.fastest) continue;
      ++compared;
      CHECK(result.fastest->step.tpot.base() == doctest::Approx(shortest).epsilon(1e-11));
      other_width += wait_of_fastest > shortest * (1 + 1e-9) ? 1 : 0;
    }
    CHECK(compared > 250);
    CHECK(other_width > 10);
  }

  TEST_CASE("an slo.tpot that nothing meets is found out in few evaluations") {
    // Each of 1,023 widths has up to 8 million splits.
    ProblemSource source(20'261'008, {});
    Problem problem = source.next();
    problem.workload.traffic.tokens = GlobalTokens{16'777'216};
    problem.workload.slo.tpot = Seconds(1e-9);
    problem.space = {};
    problem.space.kernels = {0};
    problem.fabric.kernels.resize(1);
    const SearchResult result = optimize(problem, Solver::kBoth);
    REQUIRE(result.fastest.has_value());
    CHECK(result.reasons.front().kind == LimitKind::kTpot);
  }
}

}  // namespace
}  // namespace wideep::beyond_tpot_test
