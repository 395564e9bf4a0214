// What the search says exists, and what it may say of times that are no numbers.
#include <limits>
#include <stdexcept>

#include <doctest/doctest.h>

#include "search/optimize.h"
#include "search/relaxed.h"
#include "support/optimized.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::feasibility_test {
namespace {

TEST_SUITE("search/feasibility") {
  TEST_CASE("NLopt's cell alone finds a configuration wherever there is one under tight limits") {
    // Limits near T / m, where one chunk less than equal pieces need does at some splits only.
    ProblemSource source(20'261'009, {.max_tokens = 60, .max_chunks = 8});
    int feasible = 0;
    int rare = 0;
    for (int at = 0; at < draws(4000); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.space.ep_widths = {source.whole(2, 64)};
      const int tokens = tokens_per_rank(problem.workload, problem.space.ep_widths[0]);
      const int pieces = source.whole(1, 9);
      for (Kernel& kernel : problem.fabric.kernels) {
        kernel.limits.max_tokens_per_rank = std::max(1, tokens / pieces + source.whole(-1, 1));
      }
      for (const Cell& cell : list_cells(problem).cells) {
        int exist = 0;
        const auto count = [&](int chunks, double first) {
          exist += feasible_time(cell, chunks, first) ? 1 : 0;
        };
        for (int chunks = cell.min_chunks; chunks <= cell.max_chunks; ++chunks) {
          if (!has_split(cell)) count(chunks, fixed_first_tokens(cell));
          for (int first = 1; has_split(cell) && first < cell.tokens; ++first) count(chunks, first);
        }
        std::uint64_t evaluations = 0;
        CHECK(solve_cell(cell, evaluations).has_value() == (exist > 0));
        feasible += exist > 0 ? 1 : 0;
        rare += exist > 0 && exist < cell.tokens / 4 ? 1 : 0;
      }
    }
    CHECK(feasible > draws(2000));
    CHECK(rare > draws(100));
  }

  TEST_CASE("NLopt alone is feasible whenever enumeration is, under tight limits and slo.tpot") {
    ProblemSource source(20'261'010,
                         {.max_tokens = 60,
                          .max_width = 16,
                          .max_chunks = 4,
                          .transfer_limits = true,
                          .machines = true});
    int tight = 0;
    for (int at = 0; at < draws(1500); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      const SearchResult all = optimize(problem, Solver::kExhaustive);
      CHECK(optimize(problem, Solver::kNlopt).optimum.has_value() == all.optimum.has_value());
      if (!all.optimum) continue;
      // Only the fastest meets this.
      problem.workload.slo.tpot = all.optimum->step.tpot * (1.0 + 1e-9);
      const SearchResult found = optimize(problem, Solver::kNlopt);
      const bool any = optimize(problem, Solver::kExhaustive).optimum.has_value();
      CHECK(found.optimum.has_value() == any);
      tight += any ? 1 : 0;
    }
    CHECK(tight > draws(700));
  }

  TEST_CASE("a time that is no number is an internal error, never the optimum") {
    ProblemSource source(20'261'011, {});
    for (const Solver solver :
         {Solver::kBoth, Solver::kNlopt, Solver::kBounds, Solver::kExhaustive}) {
      Problem problem = source.next();
      problem.space.ep_widths = {4};
      problem.workload.figures.dense.core.fixed = Seconds(std::numeric_limits<double>::quiet_NaN());
      CHECK_THROWS_AS(optimize(problem, solver), std::logic_error);
    }
  }

  TEST_CASE("the recommended one is listed among those within tolerance") {
    // Fewer chunks or a split nearer to one half than the fastest of its kernel, width and mode.
    ProblemSource source(20'261'012, {.max_tokens = 200, .max_chunks = 12});
    int of_its_own = 0;
    for (int at = 0; at < draws(400); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.space.tolerance = 0.05;
      const SearchResult result = optimize(problem, Solver::kBoth);
      int listed = 0;
      bool is_fastest = false;
      for (const Prediction& each : result.within_tolerance) {
        const Config& ours = result.recommended->config;
        if (each.config == ours) ++listed;
        const bool alike = each.config.ep_width == ours.ep_width &&
                           each.config.kernel == ours.kernel && each.config.overlap == ours.overlap;
        if (alike && each.config != ours) is_fastest = true;
      }
      CHECK(listed == 1);
      of_its_own += is_fastest ? 1 : 0;
    }
    CHECK(of_its_own > draws(20));
  }
}

}  // namespace
}  // namespace wideep::feasibility_test
