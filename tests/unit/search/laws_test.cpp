// Proofs under laws that break what they assume.
#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "search/optimize.h"
#include "support/asked.h"
#include "support/example_laws.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::laws_test {
namespace {

using doctest::Approx;

void put_random_laws(Problem& problem, ProblemSource& source) {
  for (Kernel& kernel : problem.fabric.kernels) {
    constexpr std::array kLaws = {&kQuadratic, &kRoot, &kWaiting};
    const auto drawn = static_cast<std::size_t>(source.whole(0, 2));
    put_law(*kLaws[drawn], source.log_uniform(1e-8, 1e-4), kernel);
  }
}

TEST_SUITE("search/laws") {
  TEST_CASE("the optimum is that of brute force under every law, on 1,000 random problems") {
    ProblemSource source(20'261'130,
                         {.max_tokens = 24,
                          .max_width = 16,
                          .max_chunks = 8,
                          .transfer_limits = true,
                          .machines = true});
    int proved = 0;
    int cut = 0;  // optima in more chunks than one
    for (int at = 0; at < 1'000; ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      put_random_laws(problem, source);
      double least = std::numeric_limits<double>::infinity();
      reference::for_each(
          problem, [&](const Config&, int, double layer) { least = std::min(least, layer); });
      for (const Solver solver : {Solver::kBoth, Solver::kBounds, Solver::kExhaustive}) {
        const SearchResult result = optimize(problem, solver);
        REQUIRE(result.optimum.has_value() == std::isfinite(least));
        if (!result.optimum) continue;
        CHECK(result.optimum->layer.base() == Approx(least).epsilon(1e-9));
        CHECK(result.certificate.gap == 0.0);
        ++proved;
        cut += result.optimum->config.chunks > 1 ? 1 : 0;
      }
    }
    CHECK(proved > 1'500);
    CHECK(cut > 100);
  }

  TEST_CASE("a batch that cannot be gone through is not called proved") {
    ProblemSource source(20'261'131, {});
    Problem problem = source.next();
    problem.workload.traffic.tokens = TokensPerRank{1'000'000, ExpertLoad::kPerRank, true};
    problem.workload.figures.expert = {};
    problem.workload.figures.expert.per_token = Seconds(1e-9);
    LinkPhase phase;
    phase.latency = ByWidth<Seconds>::constant(10.0 * unit::us);
    phase.bandwidth = Bandwidth::constant(unit::GBps);
    problem.fabric.kernels = {{.name = "A", .dispatch = phase, .combine = phase, .limits = {}}};
    problem.space = SearchSpace{};
    problem.space.ep_widths = {8};
    problem.space.kernels = {0};
    problem.space.overlaps = {Overlap::kDbo};
    problem.workload.model.experts.reset();
    CHECK(optimize(problem, Solver::kBoth).certificate.gap == 0.0);
    put_law(kQuadratic, 1e-15, problem.fabric.kernels[0]);
    for (const Solver solver :
         {Solver::kBoth, Solver::kBounds, Solver::kExhaustive, Solver::kNlopt}) {
      const SearchResult result = optimize(problem, solver);
      REQUIRE(result.optimum);
      CHECK(result.certificate.gap > 0.5);
      CHECK(result.certificate.gap < 1.0);  // the experts bound it still
    }
  }
}

}  // namespace
}  // namespace wideep::laws_test
