// The front of tokens per GPU against tokens per user, over every batch.
#include "plan/pareto.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "report/pareto_report.h"
#include "support/draw.h"
#include "support/layout_problem.h"
#include "support/optimized.h"

namespace wideep::pareto_test {
namespace {

using doctest::Approx;

/// What every batch that is searched by itself has at best, of each layout of attention.
std::vector<Prediction> every_batch(const Problem& problem) {
  std::vector<Prediction> all;
  for (const Attention& attention : problem.space.attentions) {
    Problem part = problem;
    part.space.attentions = {attention};
    part.space.objective = kTimePerToken;
    part.workload.traffic.choice.reset();
    for (int tokens = 1; tokens <= problem.workload.traffic.choice->most * attention.ranks;
         ++tokens) {
      part.workload.traffic.tokens = TokensPerRank{.tokens = tokens,
                                                   .expert_load = ExpertLoad::kPerRank,
                                                   .stated = true,
                                                   .ranks = attention.ranks};
      if (const auto best = optimize(part, Solver::kBounds).optimum) all.push_back(*best);
    }
  }
  return all;
}

TEST_SUITE("plan/pareto") {
  TEST_CASE("no point of the front is beaten by any batch, and its ends are the best of each") {
    constexpr unsigned kSeed = 161'004;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    for (int at = 0; at < (kOptimized ? 40 : 2); ++at) {
      CAPTURE(at);
      Problem problem = layout_problem(draw, 1);
      const int most = draw.whole(2, 12);
      problem.workload.traffic.choice = TokenRange{.least = {}, .most = most};
      problem.workload.traffic.tokens = TokensPerRank{most, ExpertLoad::kPerRank, true};
      problem.space.ep_widths = {8};
      const Front front = pareto_front(problem, 12);
      REQUIRE(front.points.size() >= 2);
      double most_per_gpu = 0.0;
      Seconds least(1e9);
      for (const Prediction& other : every_batch(problem)) {
        most_per_gpu = std::max(most_per_gpu, other.step.tokens_per_gpu_per_second);
        least = std::min(least, other.step.tpot);
        for (const Prediction& point : front.points) {
          const bool beats = other.step.tokens_per_gpu_per_second >
                                 point.step.tokens_per_gpu_per_second * (1.0 + 1e-9) &&
                             other.step.tpot <= point.step.tpot * (1.0 + 1e-12);
          CHECK_FALSE(beats);
        }
      }
      CHECK(front.points.front().step.tokens_per_gpu_per_second == Approx(most_per_gpu));
      CHECK(front.points.back().step.tpot.base() == Approx(least.base()));
      for (std::size_t next = 1; next < front.points.size(); ++next) {
        CHECK(front.points[next].step.tpot < front.points[next - 1].step.tpot);
        CHECK(front.points[next].step.tokens_per_gpu_per_second <=
              front.points[next - 1].step.tokens_per_gpu_per_second);
      }
    }
  }

  TEST_CASE("a knee is worth more than its neighbours, and is in CSV, JSON and the drawing") {
    const Problem problem = deepseek_on("h100-ib400", {"search={ep_width: [32, 64]}"});
    const Front front = pareto_front(problem, 9);
    REQUIRE_FALSE(front.knees.empty());
    const auto worth = [&](std::size_t at) {
      const StepTimes& step = front.points[at].step;
      return step.tokens_per_gpu_per_second / step.tpot.base();
    };
    for (const std::size_t knee : front.knees) {
      CHECK(worth(knee) > worth(knee - 1));
      CHECK(worth(knee) >= worth(knee + 1));
    }
    const Json json = pareto_json(problem, front);
    REQUIRE(json.at("points").size() == front.points.size());
    CHECK(json.at("knees").size() == front.knees.size());
    CHECK(json["points"][0]["tokens_per_user_per_s"].get<double>() *
              json["points"][0]["tpot_s"].get<double>() ==
          Approx(1.0));
    const std::string csv = pareto_csv(problem, front);
    CHECK(std::count(csv.begin(), csv.end(), '\n') ==
          static_cast<std::ptrdiff_t>(front.points.size()) + 1);
    CHECK(csv.find(",yes,") != std::string::npos);
    CHECK(pareto_svg(problem, front).find("class=\"knee\"") != std::string::npos);
  }

  TEST_CASE("where nothing fits there is no front, and the reason is told") {
    const Problem problem = deepseek_on("h100-ib400", {"search={ep_width: 2}"});
    const Front front = pareto_front(problem, 9);
    CHECK(front.points.empty());
    CHECK_FALSE(front.reasons.empty());
    CHECK(pareto_json(problem, front).at("reasons").size() > 0);
  }
}

}  // namespace
}  // namespace wideep::pareto_test
