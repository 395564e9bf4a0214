// How many redundant experts, where the search chooses.
#include "model/redundancy.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engines/runs.h"
#include "report/config_report.h"
#include "search/optimize.h"
#include "support/optimized.h"
#include "support/preset_problem.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::redundancy_test {
namespace {

using doctest::Approx;

/// 12 experts at EP 2 to 8 with a stated straggler factor.
Problem draw(ProblemSource& source) {
  Problem problem = source.next();
  problem.workload.model.experts = 12;
  problem.workload.model.top_k = source.whole(1, 4);
  problem.workload.serving.chooses_redundant = true;
  problem.space.ep_widths = {2, 5, 8};
  return problem;
}

/// The least time over every number that is tried, each stated in a problem of its own.
double truth_of(const Problem& problem) {
  double best = std::numeric_limits<double>::infinity();
  for (const int width : problem.space.ep_widths) {
    for (const int number : redundancies(problem.workload, width)) {
      Problem stated = problem;
      stated.workload.serving = {.redundant_experts = number};
      stated.space.ep_widths = {width};
      reference::for_each(stated,
                          [&](const Config&, int, double time) { best = std::min(best, time); });
    }
  }
  return best;
}

TEST_SUITE("search/redundancy") {
  TEST_CASE("as many as a width needs to divide the slots, and up to four more on each rank") {
    Workload workload;
    workload.model.experts = 256;
    workload.serving.redundant_experts = 7;
    CHECK(redundancies(workload, 72) == std::vector{7});
    workload.serving.chooses_redundant = true;
    CHECK(redundancies(workload, 72) == std::vector{32, 104, 176, 248, 320});
    CHECK(redundancies(workload, 64) == std::vector{0, 64, 128, 192, 256});
  }

  TEST_CASE("the optimum is the best over every number, on 1,000 random problems") {
    constexpr unsigned kSeed = 20'261'127;
    CAPTURE(kSeed);
    ProblemSource source(kSeed,
                         {.max_tokens = 24, .max_width = 8, .max_chunks = 6, .machines = true});
    int found = 0;
    int with_some = 0;
    for (int at = 0; at < draws(1'000); ++at) {
      CAPTURE(at);
      const Problem problem = draw(source);
      const double best = truth_of(problem);
      const SearchResult result = optimize(problem, Solver::kBoth);
      REQUIRE(result.optimum.has_value() == std::isfinite(best));
      if (!result.optimum) continue;
      ++found;
      with_some += result.optimum->config.redundant_experts > 0 ? 1 : 0;
      CHECK(result.optimum->layer.base() == Approx(best).epsilon(1e-12));
      CHECK(result.certificate.gap == 0.0);
      // What is predicted is that of the number stated.
      Problem stated = problem;
      stated.workload.serving = {.redundant_experts = result.optimum->config.redundant_experts};
      CHECK(predict(stated, result.optimum->config).layer == result.optimum->layer);
      CHECK(optimize(problem, Solver::kExhaustive).optimum->config == result.optimum->config);
    }
    CHECK(found > draws(900));
    CHECK(with_some > draws(100));
  }

  TEST_CASE("replicas gain what balanced placement says, and nothing where the factor is stated") {
    const std::vector<std::string> set = {"redundant_experts=auto", "search.ep_width=[64, 72]"};
    const auto optimum = [&](const char* factor) {
      std::vector<std::string> all = set;
      all.push_back(std::string("straggler_factor=") + factor);
      const Problem problem = with_engines(deepseek_on("h100-ib400", all));
      const Prediction best = *optimize(problem, Solver::kBounds).optimum;
      return report_on(problem, best);
    };
    const ConfigReport stated = optimum("1.3");
    CHECK(stated.prediction.config.redundant_experts == 0);
    const auto says = [](const ConfigReport& report) {
      return std::any_of(report.warnings.begin(), report.warnings.end(), [](const Warning& one) {
        return one.rule->name == "replicas_unknown";
      });
    };
    CHECK(says(stated));
    const ConfigReport balanced = optimum("{zipf: 0.614, placement: balanced}");
    CHECK(balanced.prediction.config.redundant_experts > 0);
    CHECK(balanced.prediction.straggler_factor < 1.3);
    CHECK(balanced.name.find("redundant experts") != std::string::npos);
    CHECK_FALSE(says(balanced));
  }
}

}  // namespace
}  // namespace wideep::redundancy_test
