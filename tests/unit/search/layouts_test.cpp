// The search over layouts, and from which batch one beats another.
#include "search/layouts.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "model/limits.h"
#include "model/placed.h"
#include "model/prediction.h"
#include "model/ways.h"
#include "search/layout_thresholds.h"
#include "search/optimize.h"
#include "support/layout_problem.h"
#include "support/optimized.h"

namespace wideep::layouts_test {
namespace {

using doctest::Approx;

/// The least time between tokens of all configurations, one after the other.
double brute_force(const Problem& problem) {
  double least = std::numeric_limits<double>::infinity();
  for (const int gpus : problem.space.ep_widths) {
    for (const Config& laid : layouts_on(problem, gpus)) {
      const Problem here = placed(problem, laid);
      Config config = asked(problem, laid);
      if (search_limit(here, config)) continue;
      std::vector<int> sms = here.fabric.kernels[config.kernel].sms;
      if (sms.empty()) sms.push_back(0);
      for (const Overlap overlap : problem.space.overlaps) {
        config.overlap = overlap;
        const int most = cuts_batch(overlap) ? problem.space.max_chunks : 1;
        for (const Run& way : ways_of(here, config.kernel, overlap)) {
          config.schedule = way.schedule;
          for (const int count : sms) {
            config.sms = count;
            for (int chunks = overlap == Overlap::kChunk ? 2 : 1; chunks <= most; ++chunks) {
              config.chunks = chunks;
              config.first_tokens = overlap == Overlap::kDbo ? std::ceil(0.5 * config.tokens) : 0.0;
              if (schedule_limit(here, config)) continue;
              least = std::min(least, predict(here, config).step.tpot / unit::s);
            }
          }
        }
      }
    }
  }
  return least;
}

TEST_SUITE("search/layouts") {
  TEST_CASE("the optimum over layouts is that of brute force, on 300 random problems") {
    Draw draw(20'261'132);
    int copied = 0;
    int grouped = 0;
    constexpr int kDraws = kOptimized ? 300 : 30;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      Problem problem = layout_problem(draw, draw.whole(1, 200));
      if (draw.whole(0, 2) == 0) problem.workload.traffic.tokens = GlobalTokens{draw.whole(1, 64)};
      const double least = brute_force(problem);
      for (const Solver solver : {Solver::kBoth, Solver::kBounds, Solver::kExhaustive}) {
        const SearchResult result = optimize(problem, solver);
        REQUIRE(result.optimum.has_value() == std::isfinite(least));
        if (!result.optimum) continue;
        CHECK(result.optimum->step.tpot / unit::s == Approx(least).epsilon(1e-9));
        CHECK(result.certificate.gap == 0.0);
        copied += result.optimum->is_copied() ? 1 : 0;
        grouped += result.optimum->config.attention.ranks > 1 ? 1 : 0;
      }
    }
    CHECK(copied > kDraws / 6);
    CHECK(grouped > kDraws / 6);
  }

  TEST_CASE("the default searches one layout") {
    const Problem problem = deepseek_on("h100-ib400");
    const std::vector<Config> layouts = layouts_on(problem, 8);
    REQUIRE(layouts.size() == problem.space.kernels.size());
    for (const Config& laid : layouts) {
      CHECK(laid.experts == Experts::kEp);
      CHECK(laid.attention == Attention{});
    }
    CHECK_FALSE(layout_thresholds(problem));
  }

  TEST_CASE("a threshold is where the better of two searches changes, and stays") {
    Draw draw(20'261'133);
    int found = 0;
    for (int at = 0; at < 10; ++at) {
      CAPTURE(at);
      Problem problem = layout_problem(draw, 1);
      problem.space.ep_widths = {8};
      problem.space.attentions = {{}, {.ranks = 8}};
      const auto all = layout_thresholds(problem);
      REQUIRE(all);
      const auto best = [&](Experts experts, double tokens) {
        Problem part = problem;
        part.space.experts = {{.experts = experts}};
        part.space.attentions = {experts == Experts::kEp ? Attention{} : Attention{.ranks = 8}};
        part.workload.traffic.tokens =
            TokensPerRank{static_cast<int>(8.0 * tokens), ExpertLoad::kPerRank, true, 8};
        const auto optimum = optimize(part, Solver::kBounds).optimum;
        return optimum ? optimum->step.tpot / unit::s : std::numeric_limits<double>::infinity();
      };
      const auto check = [&](const LayoutThreshold& from, Experts before, Experts after) {
        if (!from.tokens_per_gpu) {
          CHECK_FALSE(from.reason.empty());
          return;
        }
        ++found;
        const double tokens = *from.tokens_per_gpu;
        CHECK(best(after, tokens) < best(before, tokens));
        if (tokens > 0.125) CHECK(best(after, tokens - 0.125) >= best(before, tokens - 0.125));
        CHECK(best(after, 1'024.0) < best(before, 1'024.0));
        CHECK(from.from.experts == after);
      };
      check(all->dep_over_tep, Experts::kTep, Experts::kEp);
      check(all->tep_over_tp, Experts::kTp, Experts::kTep);
    }
    CHECK(found >= 5);
  }
}

}  // namespace
}  // namespace wideep::layouts_test
