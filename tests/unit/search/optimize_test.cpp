#include "search/optimize.h"

#include <doctest/doctest.h>

#include "model/overlap.h"
#include "support/brute_force.h"
#include "support/optimized.h"
#include "support/preset_problem.h"
#include "support/random_problem.h"
#include "support/skip.h"

namespace wideep::optimize_test {
namespace {

constexpr double kTie = 1e-12;

/// What brute force says of a problem.
struct Truth {
  double best = std::numeric_limits<double>::infinity();
  std::uint64_t configurations = 0;
};

Truth truth_of(const Problem& problem) {
  Truth truth;
  reference::for_each(problem, [&](const Config&, int, double time) {
    truth.best = std::min(truth.best, time);
    ++truth.configurations;
  });
  return truth;
}

Rank preferred_rank(const Problem& problem, double limit) {
  return wideep::preferred_rank(problem, limit, [](const Config&, int) { return true; });
}

void check_against_brute_force(ProblemSource& source, int problems) {
  int feasible = 0;
  for (int at = 0; at < problems; ++at) {
    CAPTURE(at);
    const Problem problem = source.next();
    const Truth truth = truth_of(problem);
    const SearchResult result = optimize(problem, Solver::kBoth);
    REQUIRE(result.optimum.has_value() == (truth.configurations > 0));
    if (!result.optimum) {
      CHECK_FALSE(result.reasons.empty());
      continue;
    }
    ++feasible;
    CHECK(result.optimum->layer.base() == doctest::Approx(truth.best).epsilon(kTie));
    CHECK(result.certificate.gap == 0.0);
    const SearchResult by_bounds = optimize(problem, Solver::kBounds);
    CHECK(by_bounds.optimum->config == result.optimum->config);
    CHECK(by_bounds.recommended->config == result.recommended->config);
    CHECK(by_bounds.certificate.gap == 0.0);
    CHECK(by_bounds.certificate.nlopt_evaluations == 0);
    const int tokens = static_cast<int>(result.optimum->tokens);
    const double tolerance = problem.space.tolerance;
    CHECK(rank(result.optimum->config, tokens) ==
          preferred_rank(problem, truth.best * (1.0 + kTie)));
    const double near = truth.best * (1.0 + std::max(tolerance, kTie));
    const auto all = [](const Config&, int) { return true; };
    const auto wanted = recommended_rank(problem, truth.best, near, all);
    const auto got = rank(result.recommended->config, static_cast<int>(result.recommended->tokens));
    // A configuration on the very edge of the tolerance may fall either way by rounding.
    if (got != wanted) {
      CHECK(got == recommended_rank(problem, truth.best, near * (1.0 - kTie), all));
    }
    const double most = std::max(near, truth.best * (1.0 + kOverlapError));
    CHECK(result.recommended->layer.base() <= most * (1.0 + kTie));
    for (const Prediction& listed : result.within_tolerance) {
      CHECK(listed.layer.base() <= near * (1.0 + kTie));
    }
  }
  CHECK(feasible > problems / 2);
}

TEST_SUITE("search/optimize") {
  TEST_CASE("equals brute force over every integer configuration on 3,000 small problems") {
    ProblemSource source(20'260'901, {.max_tokens = 48, .max_chunks = 12});
    check_against_brute_force(source, draws(3000));
  }

  TEST_CASE("equals brute force under transfer limits on 2,000 problems") {
    ProblemSource source(20'260'902, {.max_tokens = 40, .max_chunks = 9, .transfer_limits = true});
    check_against_brute_force(source, draws(2000));
  }

  TEST_CASE("equals brute force with all that the closed form leaves out, on 2,500 problems") {
    ProblemSource source(20'260'906,
                         {.max_tokens = 40,
                          .max_width = 16,
                          .max_chunks = 9,
                          .transfer_limits = true,
                          .machines = true});
    check_against_brute_force(source, draws(2500));
  }

  TEST_CASE("equals brute force where figures differ by EP width, on 1,500 problems") {
    ProblemSource source(20'260'908,
                         {.max_tokens = 40,
                          .max_width = 64,
                          .max_chunks = 9,
                          .transfer_limits = true,
                          .machines = true,
                          .tables = true});
    check_against_brute_force(source, draws(1500));
  }

  TEST_CASE("interval bounds equal brute force with all that the closed form leaves out") {
    ProblemSource source(20'260'907, {.max_tokens = 100'000, .max_width = 16, .machines = true});
    int cut = 0;
    for (int at = 0; at < draws(60); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.workload.traffic.tokens =
          TokensPerRank{source.whole(50'000, 100'000), ExpertLoad::kPerRank, true};
      problem.space.overlaps = {Overlap::kNone, Overlap::kDbo};
      problem.space.timing = Timing::kSchedule;
      problem.space.half_split = false;
      problem.space.ep_widths.resize(1);
      problem.space.max_chunks = 1;
      const SearchResult found = optimize(problem, Solver::kBounds);
      if (found.certificate.method == Certificate::Method::kBound) ++cut;
      const double best = truth_of(problem).best;
      REQUIRE(found.optimum.has_value() == std::isfinite(best));
      if (!found.optimum) continue;
      CHECK(found.optimum->layer.base() == doctest::Approx(best).epsilon(kTie));
    }
    CHECK(cut > draws(20));
  }

  TEST_CASE("NLopt is spared the cells that bounds exclude, never that of the optimum") {
    const Problem problem = deepseek_on("h100-ib400", {"search.split=half"});
    const Certificate spared = optimize(problem, Solver::kBoth).certificate;
    const Certificate alone = optimize(problem, Solver::kNlopt).certificate;
    CHECK(spared.nlopt_evaluations > 0);
    CHECK(spared.nlopt_evaluations < alone.nlopt_evaluations / 4);
    CHECK(spared.nlopt_excess.value() == 0.0);
  }

  TEST_CASE("SM counts are chosen: the fewest that are as fast, and the certificate counts them") {
    // 8 kB a token: on 4 and 16 SMs of 1 GB/s 2 and 0.5 us a token and way; from 16 on the cap of
    // 16 GB/s binds, so that 32 SMs gain nothing.
    Problem problem;
    problem.workload.model.top_k = 8;
    problem.workload.model.hidden_size = 1000;
    problem.workload.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
    problem.workload.figures.expert.per_token = Seconds(1e-7);
    const Bandwidth driven{.cap = ByWidth<BytesPerSecond>::constant(16.0 * unit::GBps),
                           .per_sm = ByWidth<BytesPerSecond>::constant(unit::GBps)};
    const LinkPhase link{.latency = ByWidth<Seconds>::constant(Seconds(0.0)), .bandwidth = driven};
    problem.fabric.kernels = {
        {.name = "HT", .dispatch = link, .combine = link, .limits = {}, .sms = {4, 16, 32}}};
    problem.fabric.gpu = Gpu{};
    problem.fabric.gpu->sms = 64;
    problem.space.ep_widths = {2};
    problem.space.kernels = {0};
    problem.space.overlaps = {Overlap::kNone};
    const SearchResult none = optimize(problem, Solver::kBoth);
    CHECK(none.optimum->config.sms == 16);
    CHECK(none.optimum->layer / unit::us == doctest::Approx(80.0 + 50.0 + 50.0));
    CHECK(none.certificate.configurations == 3);
    CHECK_FALSE(none.runner_up.has_value());  // other SMs are no other choice

    // Under dbo 16 of 64 SMs slow the experts by 64/48: 25 + 25 + 53.3 + 53.3.
    problem.space.overlaps = {Overlap::kDbo};
    problem.space.half_split = true;
    problem.space.max_chunks = 1;
    const SearchResult dbo = optimize(problem, Solver::kBoth);
    CHECK(dbo.optimum->config.sms == 16);
    CHECK(dbo.optimum->layer / unit::us == doctest::Approx(50.0 + 80.0 * 64 / 48));
  }

  TEST_CASE("equals brute force with up to 65,536 tokens") {
    ProblemSource source(20'260'903, {.max_chunks = 3});
    check_against_brute_force(source, draws(40));
  }

  TEST_CASE("interval bounds give what full enumeration gives") {
    // Above the affordable count the search cuts; the same problem narrowed to one width does not.
    ProblemSource source(20'260'904, {.max_tokens = 65'536});
    int cut = 0;
    for (int at = 0; at < draws(40); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.space.timing = Timing::kSchedule;
      problem.space.ep_widths.clear();
      for (int width = 2; width <= 400; ++width) problem.space.ep_widths.push_back(width);
      const SearchResult whole = optimize(problem, Solver::kExhaustive);
      REQUIRE(whole.optimum.has_value());
      cut += whole.certificate.method == Certificate::Method::kBound ? 1 : 0;
      problem.space.ep_widths = {whole.optimum->config.ep_width};
      problem.space.max_chunks = std::min(problem.space.max_chunks, 2);
      const double best = std::min(truth_of(problem).best, whole.optimum->layer.base());
      CHECK(whole.optimum->layer.base() == doctest::Approx(best).epsilon(kTie));
    }
    if (kOptimized) CHECK(cut >= 5);
  }

  TEST_CASE("NLopt with the integers around it agrees with enumeration on 3,000 problems") {
    ProblemSource source(20'260'905, {.max_tokens = 4096});
    for (int at = 0; at < draws(3000); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      const SearchResult both = optimize(problem, Solver::kBoth);
      const SearchResult nlopt = optimize(problem, Solver::kNlopt);
      REQUIRE(both.optimum.has_value());
      REQUIRE(nlopt.optimum.has_value());
      CHECK(*both.certificate.nlopt_excess <= kTie);
      CHECK(nlopt.optimum->layer.base() ==
            doctest::Approx(both.optimum->layer.base()).epsilon(kTie));
    }
  }

  TEST_CASE("unequal phases move the best split away from one half") {
    // T = 8 and per token: dispatch 1 B at 1 GB/s = 1 ns, combine 2 B = 2 ns, experts 4 ns; L = 0.
    // b2 + d1 + max(e1, d2) + max(e2, b1) in ns, by tokens in the two micro-batches:
    //   3 + 5: 10 + 3 + max(12, 5) + max(20,  6) = 45
    //   4 + 4:  8 + 4 + max(16, 4) + max(16,  8) = 44
    //   5 + 3:  6 + 5 + max(20, 3) + max(12, 10) = 43
    //   6 + 2:  4 + 6 + max(24, 2) + max( 8, 12) = 46
    Problem problem;
    problem.workload.model.top_k = 1;
    problem.workload.model.hidden_size = 1;
    problem.workload.traffic.dispatch_element = Bytes(1.0);
    problem.workload.traffic.combine_element = Bytes(2.0);
    problem.workload.traffic.tokens = TokensPerRank{8, ExpertLoad::kPerRank, true};
    problem.workload.figures.expert.per_token = Seconds(4e-9);
    const LinkPhase link{.latency = ByWidth<Seconds>::constant(Seconds(0.0)),
                         .bandwidth = Bandwidth::constant(unit::GBps)};
    problem.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
    problem.space.ep_widths = {2};
    problem.space.kernels = {0};
    problem.space.overlaps = {Overlap::kDbo};

    const SearchResult result = optimize(problem, Solver::kBoth);
    CHECK(result.optimum->config.first_tokens == 5.0);
    CHECK(result.optimum->layer / unit::us == doctest::Approx(0.043));
    CHECK(result.optimum->split == 0.625);
  }

  TEST_CASE("the largest question is proved without looking at every configuration") {
    ProblemSource source(7, {});
    Problem problem = source.next();
    problem.workload.traffic.tokens = TokensPerRank{16'384, ExpertLoad::kPerRank, true};
    problem.fabric.kernels.resize(1);
    problem.fabric.kernels.push_back(problem.fabric.kernels.front());
    problem.space = {};
    problem.space.kernels = {0, 1};
    const SearchResult result = optimize(problem, Solver::kBoth);
    // none 1, chunk 63, dbo 64 * 16,383 per cell of 1,023 widths and 2 kernels.
    CHECK(result.certificate.configurations == 2046ULL * (1 + 63 + 64ULL * 16'383));
    CHECK(result.certificate.method == Certificate::Method::kBound);
    CHECK(result.certificate.evaluated < 1'000'000);
    CHECK(result.certificate.gap == 0.0);
  }

  TEST_CASE("legal extremes take no more evaluations than ordinary questions") {
    if (!kOptimized) return skip_case("a Release build counts as many evaluations");
    ProblemSource source(10, {});
    Problem problem = source.next();
    problem.workload.traffic.tokens = TokensPerRank{16'777'216, ExpertLoad::kPerRank, true};
    problem.space = {};
    problem.space.ep_widths = {8, 16, 32, 64};
    problem.space.max_chunks = 65'536;
    problem.space.tolerance = 1.0;
    for (const std::optional<int> limit : {std::optional<int>(), std::optional(257)}) {
      problem.fabric.kernels.resize(1);
      problem.fabric.kernels[0].limits.max_tokens_per_rank = limit;
      problem.space.kernels = {0};
      const SearchResult result = optimize(problem, Solver::kBoth);
      REQUIRE(result.optimum.has_value());
      CHECK(result.certificate.evaluated < 5'000'000);
    }
  }

  TEST_CASE("an SLO that nothing meets leaves no optimum but names the fastest") {
    ProblemSource source(8, {});
    Problem problem = source.next();
    problem.workload.slo.tpot = Seconds(1e-12);
    const SearchResult result = optimize(problem, Solver::kBoth);
    CHECK_FALSE(result.optimum.has_value());
    REQUIRE(result.fastest.has_value());
    REQUIRE(result.reasons.size() == 1);
    CHECK(result.reasons.front().kind == LimitKind::kTpot);
  }

  TEST_CASE("the recommendation never breaks the SLO that the optimum meets") {
    ProblemSource source(9, {.max_tokens = 512});
    for (int at = 0; at < 200; ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      const SearchResult free = optimize(problem, Solver::kExhaustive);
      problem.workload.slo.tpot = free.optimum->step.total * (1.0 + 1e-9);
      problem.space.tolerance = 0.5;
      const SearchResult bound = optimize(problem, Solver::kExhaustive);
      REQUIRE(bound.recommended.has_value());
      CHECK(bound.recommended->step.total <= *problem.workload.slo.tpot);
      if (bound.runner_up) CHECK(bound.runner_up->step.total <= *problem.workload.slo.tpot);
    }
  }
}

}  // namespace
}  // namespace wideep::optimize_test
