#include "search/tpot_batch.h"

#include <doctest/doctest.h>

#include "model/step.h"
#include "report/optimize_report.h"
#include "support/memory_problem.h"
#include "support/one_layer_problem.h"

namespace wideep::tpot_batch_test {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 9'203;

TEST_SUITE("search/tpot_batch") {
  TEST_CASE("the largest batch that meets slo.tpot, by hand") {
    // 20 us + 1 us a token: 30 tokens take 50 us, and their bytes no time to speak of.
    Problem p = one_layer_problem(100);
    p.workload.slo.tpot = 50.5 * unit::us;
    const SearchResult result = optimize(p, Solver::kBounds);
    REQUIRE_FALSE(result.optimum);
    REQUIRE(result.within_tpot);
    CHECK(result.within_tpot->tokens == 30);
    CHECK(result.within_tpot->best->step.tpot / unit::us == Approx(50.0));
    CHECK(reasons_of(p, result).front().fix ==
          "slo.tpot is met by up to 30 requests per rank: EP 8 with LL, 50 us");
    // Of the whole group: eight times as many, all of which count.
    p.workload.traffic.tokens = GlobalTokens{8'000};
    const SearchResult global = optimize(p, Solver::kBounds);
    CHECK(global.within_tpot->tokens == 240);
    CHECK(reasons_of(p, global).front().fix ==
          "slo.tpot is met by up to 240 tokens in the EP group: EP 8 with LL, 50 us");
  }

  TEST_CASE("where no batch meets it, the least time is given") {
    Problem p = one_layer_problem(100);
    p.workload.slo.tpot = 20.0 * unit::us;
    const SearchResult result = optimize(p, Solver::kBounds);
    CHECK(result.within_tpot->tokens == 0);
    CHECK(result.within_tpot->best->step.tpot / unit::us == Approx(21.0));
    CHECK(reasons_of(p, result).front().fix ==
          "no batch meets it: even the smallest takes 21 us, by EP 8 with LL");
    // One request with its draft is two tokens, run twice.
    p.workload.traffic.drafting = {.tokens = 1, .accepted = 0.0};
    CHECK(optimize(p, Solver::kBounds).within_tpot->best->step.tpot / unit::us == Approx(44.0));
    // Dual-batch overlap needs two tokens.
    p.workload.traffic.drafting = {};
    p.space.overlaps = {Overlap::kDbo};
    REQUIRE(optimize(p, Solver::kBounds).within_tpot->best);
    CHECK(optimize(p, Solver::kBounds).within_tpot->best->tokens == 2.0);
  }

  TEST_CASE("drafts come with their requests") {
    // A request is 2 tokens and leaves with 1.5; its draft runs a layer more: (2 (20 + 2 n)) / 1.5.
    Problem p = one_layer_problem(100);
    p.workload.traffic.drafting = {.tokens = 1, .accepted = 0.5};
    p.workload.slo.tpot = 40.5 * unit::us;
    const auto batch = optimize(p, Solver::kBounds).within_tpot;
    CHECK(batch->tokens == 10);
    CHECK(batch->best->step.tpot / unit::us == Approx(40.0));
  }

  TEST_CASE("the nearest waits least, though another has the shorter layer") {
    // 6400 tokens are 800 on each of 8 ranks and 100 on each of 64. A layer takes 20 + 800 us at EP
    // 8, 2000 + 100 us at EP 64; 100 dense layers take 80 ms and 10 ms.
    Problem p = one_layer_problem(1);
    p.workload.traffic.tokens = GlobalTokens{6'400};
    p.workload.figures.outside.dense_layers = 100;
    p.workload.figures.outside.dense_layer.core.per_token = unit::us;
    const ByWidth<Seconds> latency{{{8, 10.0 * unit::us}, {64, unit::ms}}, false};
    p.fabric.kernels[0].dispatch.latency = p.fabric.kernels[0].combine.latency = latency;
    p.space.ep_widths = {8, 64};
    p.workload.slo.tpot = unit::us;
    const SearchResult result = optimize(p, Solver::kBounds);
    REQUIRE(result.fastest);
    CHECK(result.fastest->config.ep_width == 64);
    CHECK(result.fastest->step.tpot / unit::ms == Approx(12.1));
    // Where no width is listed, kernels beyond their latencies stay out: this one has none at 64.
    p.space.ep_widths.clear();
    p.space.max_gpus = 64;
    p.fabric.kernels.push_back(p.fabric.kernels[0]);
    p.fabric.kernels[1].dispatch.latency = {{{8, 9.0 * unit::us}}, false};
    p.fabric.kernels[1].combine.latency = {{{8, 9.0 * unit::us}}, false};
    p.space.kernels = {0, 1};
    const SearchResult unlisted = optimize(p, Solver::kBounds);
    CHECK(unlisted.fastest->config.ep_width == 64);
    CHECK(unlisted.fastest->config.kernel == 0);
  }

  TEST_CASE("what it says meets slo.tpot, and one request more does not") {
    ProblemSource source(
        kSeed, {.max_tokens = 400, .max_width = 64, .max_chunks = 8, .transfer_limits = true});
    CAPTURE(kSeed);
    int found = 0;
    for (int at = 0; at < 150; ++at) {
      CAPTURE(at);
      Problem p = source.next();
      const SearchResult free = optimize(p, Solver::kBounds);
      if (!free.optimum) continue;
      p.workload.slo.tpot = source.uniform(0.2, 1.0) * free.optimum->step.tpot;
      const SearchResult result = optimize(p, Solver::kBounds);
      if (result.optimum) continue;
      REQUIRE(result.within_tpot);
      const auto meets = [&](int tokens) {
        Problem other = p;
        std::visit([&](auto& stated) { stated.tokens = tokens; }, other.workload.traffic.tokens);
        return optimize(other, Solver::kBounds).optimum.has_value();
      };
      const int most = result.within_tpot->tokens;
      CAPTURE(most);
      if (most > 0) {
        ++found;
        CHECK(meets(most));
        CHECK(result.within_tpot->best->step.tpot <= *p.workload.slo.tpot);
      }
      CHECK_FALSE(meets(most + 1));
    }
    CHECK(found > 30);
  }
}

}  // namespace
}  // namespace wideep::tpot_batch_test
