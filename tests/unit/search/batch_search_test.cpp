// The search with the batch left free, against every batch searched by itself.
#include "search/batch_search.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "engines/runs.h"
#include "model/step.h"
#include "model/what_fits.h"
#include "search/batch_absence.h"
#include "search/batch_bounds.h"
#include "support/layout_problem.h"
#include "support/memory_problem.h"
#include "support/one_layer_problem.h"
#include "support/optimized.h"

namespace wideep::batch_search_test {
namespace {

using doctest::Approx;

/// The most tokens a second and GPU over every batch of the range, each searched by itself: of each
/// layout of attention in whole requests of its groups.
double brute_force(const Problem& problem, bool runs) {
  const TokenRange& range = *problem.workload.traffic.choice;
  const int each = tokens_each(problem.workload);
  double most = 0.0;
  for (const Attention& attention : problem.space.attentions) {
    Problem part = problem;
    part.space.attentions = {attention};
    part.workload.traffic.choice.reset();
    const int least = range.least ? (*range.least * attention.ranks + each - 1) / each : 1;
    for (int batch = std::max(1, least); batch * each <= range.most * attention.ranks; ++batch) {
      auto& tokens = std::get<TokensPerRank>(part.workload.traffic.tokens);
      tokens.tokens = batch * each;
      tokens.ranks = attention.ranks;
      const SearchResult found = optimize(part, Solver::kBounds);
      const auto& best = runs ? found.best_run : found.optimum;
      if (best) most = std::max(most, best->step.tokens_per_gpu_per_second);
    }
  }
  return most;
}

/// A limit on the step that some batch of the range just keeps, mostly.
void bind(Problem& problem, Draw& draw) {
  const TokenRange& range = *problem.workload.traffic.choice;
  const Problem some = with_tokens(problem, draw.whole(1, range.most));
  const auto best = optimize(some, Solver::kBounds).optimum;
  if (!best) return;
  if (best->step.ttft && draw.whole(0, 1) == 0) {
    problem.workload.slo.ttft = draw.uniform(0.9, 1.2) * *best->step.ttft;
  } else {
    problem.workload.slo.tpot = draw.uniform(0.9, 1.2) * best->step.tpot;
  }
}

/// Any batch of up to so many tokens on a GPU.
void leave_free(Problem& problem, int most) {
  problem.workload.traffic.choice = TokenRange{.least = {}, .most = most};
  problem.workload.traffic.tokens = TokensPerRank{most, ExpertLoad::kPerRank, true};
  problem.space.objective = kTokensPerGpu;
}

struct Tally {
  int found = 0;
  int inside = 0;  ///< of these below the largest batch of the range
};

void compare(const Problem& problem, Tally& tally) {
  const SearchResult result = search_batches(problem, Solver::kBounds);
  const double most = brute_force(problem, false);
  REQUIRE(result.optimum.has_value() == (most > 0.0));
  if (!result.optimum) return;
  CHECK(result.optimum->step.tokens_per_gpu_per_second == Approx(most).epsilon(1e-9));
  CHECK(result.certificate.gap == 0.0);
  ++tally.found;
  const Config& config = result.optimum->config;
  tally.inside += config.tokens_per_gpu() < problem.workload.traffic.choice->most ? 1 : 0;
  CHECK(result.recommended->step.tokens_per_gpu_per_second >=
        (1.0 - 1e-9) / (1.0 + std::max(problem.space.tolerance, kOverlapError)) *
            (result.best_run ? *result.best_run : *result.optimum).step.tokens_per_gpu_per_second);
  if (problem.space.runs.empty()) return;
  const double run = brute_force(problem, true);
  REQUIRE(result.best_run.has_value() == (run > 0.0));
  if (result.best_run) {
    CHECK(result.best_run->step.tokens_per_gpu_per_second == Approx(run).epsilon(1e-9));
  }
}

TEST_SUITE("search/batch") {
  TEST_CASE("by hand: the largest batch that keeps slo.tpot") {
    // 20 us + 1 us a token at EP 8 and nothing else: 30 tokens take 50 us, 0.6 million a second.
    Problem p = one_layer_problem(4096);
    p.workload.traffic.choice = TokenRange{};
    p.space.objective = kTokensPerGpu;
    p.workload.slo.tpot = 50.5 * unit::us;
    const SearchResult result = optimize(p, Solver::kBoth);
    REQUIRE(result.optimum);
    CHECK(result.optimum->config.tokens == 30);
    CHECK(result.optimum->step.tokens_per_gpu_per_second == Approx(0.6e6));
    CHECK(result.certificate.nlopt_evaluations > 0);
    CHECK(result.certificate.configurations == kLargestBatch);
    // Without a limit the largest batch that input takes: 20 us of it are latency.
    p.workload.slo = {};
    CHECK(optimize(p, Solver::kBounds).optimum->config.tokens == kLargestBatch);
    p.workload.traffic.choice->most = 100;
    CHECK(optimize(p, Solver::kBounds).optimum->config.tokens == 100);
    // A request with its draft is two tokens.
    p.workload.traffic.drafting = {.tokens = 1, .accepted = 0.0};
    p.workload.traffic.choice->most = 99;
    CHECK(optimize(p, Solver::kBounds).optimum->config.tokens == 98);
    // No batch takes less than 21 us twice.
    p.workload.slo.tpot = 40.0 * unit::us;
    const SearchResult none = optimize(p, Solver::kBounds);
    CHECK_FALSE(none.optimum);
    REQUIRE(none.fastest);
    CHECK(none.fastest->step.tpot / unit::us == Approx(44.0));
    REQUIRE(none.reasons.size() == 1);
    CHECK(none.reasons.front().kind == LimitKind::kTpot);
  }

  TEST_CASE("every batch, chunk count and split searched by itself, on 700 random problems") {
    constexpr unsigned kSeed = 161'001;
    CAPTURE(kSeed);
    ProblemSource source(kSeed, {.machines = true, .tables = true});
    Draw draw(kSeed);
    Tally tally;
    constexpr int kDraws = draws(700);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const bool has_memory = draw.whole(0, 1) == 0;
      Problem problem = has_memory ? draw_memory(source).problem : source.next();
      const int most = draw.whole(1, 60);
      leave_free(problem, most);
      if (draw.whole(0, 3) == 0) problem.workload.traffic.choice->least = draw.whole(1, most);
      if (draw.whole(0, 2) > 0) bind(problem, draw);
      compare(problem, tally);
    }
    CHECK(tally.found > kDraws / 3);
    CHECK(tally.inside > kDraws / 8);
  }

  TEST_CASE("the same over layouts with collectives, on 200 random problems") {
    constexpr unsigned kSeed = 161'002;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    Tally tally;
    constexpr int kDraws = kOptimized ? 200 : 5;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      Problem problem = layout_problem(draw, 1);
      leave_free(problem, draw.whole(1, 12));
      problem.space.ep_widths = {draw.whole(0, 1) == 0 ? 4 : 8};
      bind(problem, draw);
      compare(problem, tally);
    }
    CHECK(tally.found > kDraws / 2);
    CHECK(tally.inside > kDraws / 8);
  }

  TEST_CASE("the same of what engines run, with a skew, drafts and prompts, on 100 problems") {
    constexpr unsigned kSeed = 161'003;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    Tally tally;
    constexpr int kDraws = kOptimized ? 100 : 3;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const bool prefill = draw.whole(0, 1) == 0;
      std::vector<std::string> set = {"search={ep_width: [8, 16, 32]}"};
      if (prefill) set.emplace_back("phase=prefill");
      set.push_back("context=" + std::to_string(draw.whole(20, 8'000)));
      if (draw.whole(0, 1) == 0) set.emplace_back("straggler_factor={zipf: 0.6}");
      if (!prefill && draw.whole(0, 1) == 0) {
        set.emplace_back("mtp={draft_tokens: 2, accepted: 1.1}");
      }
      if (draw.whole(0, 2) == 0) set.emplace_back("engine=sglang");
      const char* const fabric = draw.whole(0, 1) == 0 ? "h200-ib400" : "gb200-nvl72";
      Problem problem = with_engines(deepseek_on(fabric, set));
      leave_free(problem, draw.whole(1, 90));
      bind(problem, draw);
      compare(problem, tally);
    }
    CHECK(tally.found > kDraws / 2);
  }
}

}  // namespace
}  // namespace wideep::batch_search_test
