// What a result says beside its optimum: why there is none, and how many come near it.
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "report/optimize_report.h"
#include "search/optimize.h"

namespace wideep::absence_test {
namespace {

Kernel kernel(const char* name) {
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(unit::us);
  link.bandwidth = Bandwidth::constant(unit::GBps);
  return {.name = name, .dispatch = link, .combine = link, .limits = {}};
}

/// 8 experts of 2880 elements, 100 tokens, kernels A and B.
Problem problem() {
  Problem p;
  p.workload.model.hidden_size = 2880;
  p.workload.model.experts = 8;
  p.workload.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  p.fabric.kernels = {kernel("A"), kernel("B")};
  p.space.kernels = {0, 1};
  return p;
}

std::vector<std::string> reasons_of(const Problem& p) {
  std::vector<std::string> texts;
  const SearchResult result = optimize(p, Solver::kBoth);
  CHECK_FALSE(result.optimum);
  for (const LimitText& limit : reasons_of(p, result)) texts.push_back(limit.message);
  return texts;
}

TEST_SUITE("search/absence") {
  TEST_CASE("widths that never run are a reason only where there is no other") {
    Problem p = problem();
    p.space.kernels = {0};
    p.fabric.kernels[0].limits.ep_widths = {16};
    const std::vector<std::string> of_widths = {"A supports EP widths 16, not 2",
                                                "A supports EP widths 16, not 4",
                                                "A supports EP widths 16, not 8"};
    CHECK(reasons_of(p) == of_widths);
    // Of three widths the reason of the other kernel is the same, and told once.
    p.space.kernels = {0, 1};
    p.fabric.kernels[1].limits.hidden_sizes = {7168};
    const std::string of_question = "B is built for hidden sizes 7168, not 2880";
    CHECK(reasons_of(p) == std::vector<std::string>{of_question});
    // A width that was asked for by name is a reason like any other.
    p.space.ep_widths = {4};
    CHECK(reasons_of(p) == std::vector<std::string>{of_widths[1], of_question});
  }

  TEST_CASE("no more reasons than anybody reads") {
    Problem p = problem();
    p.space.kernels = {0};
    p.workload.model.experts.reset();
    p.fabric.kernels[0].limits.ep_widths = {2'000};
    CHECK(optimize(p, Solver::kExhaustive).excluded.size() == 1'023);
    const std::vector<std::string> reasons = reasons_of(p);
    CHECK(reasons.size() == 1'000);
    CHECK(reasons.back() == "A supports EP widths 2000, not 1001");
  }

  TEST_CASE("of many choices within tolerance the fastest are listed, and the others counted") {
    // Latencies fall from 10 us at EP 2 to 9 at EP 1,024, the widest where nothing bounds it.
    Problem p = problem();
    p.space.kernels = {0};
    p.space.overlaps = {Overlap::kNone};
    p.space.tolerance = 0.5;
    p.workload.model.experts.reset();
    for (LinkPhase* phase : {&p.fabric.kernels[0].dispatch, &p.fabric.kernels[0].combine}) {
      phase->latency = {{{2, 10.0 * unit::us}, {1'024, 9.0 * unit::us}}, false};
    }
    const SearchResult result = optimize(p, Solver::kExhaustive);
    REQUIRE(result.optimum);
    CHECK(result.optimum->config.ep_width == 1'024);
    CHECK(result.runner_up->config.ep_width == 1'023);
    CHECK(result.recommended->config.ep_width == 2);
    // 1,000 of 1,023, and beside them the recommended one, which is the slowest.
    const std::vector<Prediction>& list = result.within_tolerance;
    REQUIRE(list.size() == 1'001);
    CHECK(list.front().config.ep_width == 1'024);
    CHECK(list[999].config.ep_width == 25);
    CHECK(list.back().config.ep_width == 2);
    p.space.max_gpus = 1'001;
    CHECK(optimize(p, Solver::kExhaustive).within_tolerance.size() == 1'000);
    CHECK(optimize(p, Solver::kExhaustive).more_within_tolerance == 0);
  }

  TEST_CASE("what NLopt alone proves, and that both agree") {
    Problem p = problem();
    p.space.ep_widths = {2, 4};
    p.workload.figures.expert.per_token = unit::us;
    const SearchResult nlopt = optimize(p, Solver::kNlopt);
    CHECK(nlopt.certificate.method == Certificate::Method::kBound);
    CHECK(nlopt.certificate.evaluated == nlopt.certificate.nlopt_evaluations);
    CHECK(nlopt.certificate.evaluated > 0);
    CHECK(nlopt.certificate.gap > 0.0);
    CHECK(nlopt.certificate.gap < 1.0);
    CHECK_FALSE(nlopt.certificate.nlopt_compared);
    CHECK_FALSE(nlopt.certificate.nlopt_excess);
    const SearchResult both = optimize(p, Solver::kBoth);
    CHECK(both.certificate.method == Certificate::Method::kBound);
    CHECK(both.certificate.nlopt_compared);
    CHECK(both.certificate.nlopt_excess.value() == 0.0);
    CHECK(both.certificate.gap == 0.0);
    // Of each of 2 widths and kernels: 1, 63 chunk counts and 64 times 99 splits.
    CHECK(both.certificate.configurations == 4 * (1 + 63 + 64 * 99));
    // dbo is enumerated at one chunk, and bounds cut most of that.
    CHECK(both.certificate.evaluated > 0);
    CHECK(both.certificate.evaluated < 50);
    const SearchResult exhaustive = optimize(p, Solver::kExhaustive);
    CHECK(exhaustive.certificate.nlopt_evaluations == 0);
    CHECK_FALSE(exhaustive.certificate.nlopt_compared);
    CHECK(exhaustive.certificate.method == Certificate::Method::kExhaustive);
    CHECK(exhaustive.certificate.evaluated == 4 * (1 + 63 + 99));
  }

  TEST_CASE("SMs make no choices of their own, of any kernel") {
    // Each SM drives 1 GB/s, of A up to 16 and of B up to 12.
    Problem p = problem();
    p.space.ep_widths = {4};
    p.space.overlaps = {Overlap::kNone};
    p.space.tolerance = 10.0;
    for (const auto& [at, cap, sms] :
         {std::tuple(0U, 16.0, std::vector{4, 16}), std::tuple(1U, 12.0, std::vector{8, 12})}) {
      Kernel& chosen = p.fabric.kernels[at];
      chosen.sms = sms;
      chosen.dispatch.bandwidth =
          chosen.combine.bandwidth = {.cap = ByWidth<BytesPerSecond>::constant(cap * unit::GBps),
                                      .per_sm = ByWidth<BytesPerSecond>::constant(unit::GBps)};
    }
    for (const Solver solver :
         {Solver::kBoth, Solver::kNlopt, Solver::kBounds, Solver::kExhaustive}) {
      const SearchResult result = optimize(p, solver);
      REQUIRE(result.within_tolerance.size() == 2);
      const Config first = asked(p, {.ep_width = 4, .sms = 16, .schedule = Schedule::kVllmHt});
      const Config second =
          asked(p, {.ep_width = 4, .kernel = 1, .sms = 12, .schedule = Schedule::kVllmHt});
      CHECK(result.within_tolerance[0].config == first);
      CHECK(result.within_tolerance[1].config == second);
      REQUIRE(result.runner_up);
      CHECK(result.runner_up->config == second);
    }
  }
}

}  // namespace
}  // namespace wideep::absence_test
