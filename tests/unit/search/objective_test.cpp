// Objectives are values: the search minimises any, and proves it.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "model/prediction.h"
#include "model/step.h"
#include "search/optimize.h"
#include "support/asked.h"
#include "support/optimized.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::objective_test {
namespace {

using doctest::Approx;

/// docs/adding.md: GPU time for each token that leaves, of which an EP group that is wide has to
/// have 1 % more for each of its GPUs. In GPU seconds.
constexpr Objective kGpuTime{"gpu_time", [](const Workload& workload, const Config& config) {
                               const CostLine wait = kTimePerToken.line(workload, config);
                               const double each = (1.0 + 0.01 * config.ep_width) / config.tokens;
                               return CostLine{.fixed = each * wait.fixed,
                                               .per_second = each * wait.per_second};
                             }};

TEST_SUITE("search/objective") {
  TEST_CASE("the time of a layer and between tokens are what predictions say") {
    ProblemSource source(20'261'126, {.max_tokens = 60, .max_width = 32, .machines = true});
    for (int at = 0; at < 300; ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      const auto best = optimize(problem, Solver::kBoth).optimum;
      if (!best) continue;
      const auto cost = [&](const Objective& objective) {
        return objective.line(problem.workload, best->config).at(best->layer).value;
      };
      CHECK(cost(kLayerTime) == best->layer.base());
      CHECK(cost(kTimePerToken) == Approx(best->step.tpot.base()).epsilon(1e-12));
    }
  }

  TEST_CASE("the optimum is that of brute force under every objective, on 1,000 random problems") {
    ProblemSource source(
        20'261'127, {.max_tokens = 24, .max_width = 16, .transfer_limits = true, .machines = true});
    int found = 0;
    int moved = 0;  // another objective has another optimum
    for (int at = 0; at < draws(1'000); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      const auto fastest = optimize(problem, Solver::kBoth).optimum;
      for (const Objective& objective : {kTimePerToken, kGpuTime}) {
        problem.space.objective = objective;
        double least = std::numeric_limits<double>::infinity();
        reference::for_each(problem, [&](const Config& config, int, double layer) {
          const Config whole = asked(problem, config);
          least = std::min(least, objective.line(problem.workload, whole).at(Seconds(layer)).value);
        });
        for (const Solver solver : {Solver::kBoth, Solver::kBounds, Solver::kExhaustive}) {
          const SearchResult result = optimize(problem, solver);
          REQUIRE(result.optimum.has_value() == std::isfinite(least));
          if (!result.optimum) continue;
          const Prediction& best = *result.optimum;
          CHECK(objective.line(problem.workload, best.config).at(best.layer).value ==
                Approx(least).epsilon(1e-9));
          CHECK(result.certificate.gap == 0.0);
          ++found;
          moved += best.config.ep_width == fastest->config.ep_width ? 0 : 1;
        }
      }
    }
    CHECK(found > draws(2'000));
    CHECK(moved > draws(100));
  }
}

}  // namespace
}  // namespace wideep::objective_test
