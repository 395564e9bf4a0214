// What is searched where it is known what can be run.
#include <doctest/doctest.h>

#include "model/ways.h"
#include "search/optimize.h"
#include "support/brute_force.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::runs_test {
namespace {

constexpr double kTie = 1e-12;

/// Up to six runs of any kernel, mode and order, some for some batches only.
std::vector<Run> draw_runs(ProblemSource& source, const Problem& problem) {
  std::vector<Run> runs;
  for (int left = source.whole(1, 6); left > 0; --left) {
    const auto overlap = static_cast<Overlap>(source.whole(0, 4));
    Run run{.kernel = static_cast<std::size_t>(
                source.whole(0, static_cast<int>(problem.fabric.kernels.size()) - 1)),
            .overlap = overlap,
            .schedule = source.schedule(overlap),
            .half_split = source.chance(0.5)};
    if (source.chance(0.4)) run.launch_time = Seconds(source.log_uniform(1e-6, 1e-3));
    if (source.chance(0.2)) run.most_tokens = source.whole(1, 40);
    if (source.chance(0.2)) run.fewest_tokens = source.whole(1, 40);
    // Engines run what a kernel can.
    const Kernel& kernel = problem.fabric.kernels[run.kernel];
    if (!kernel.has_mode(overlap) || !suits(run.schedule, problem.fabric, run.kernel)) continue;
    runs.push_back(run);
  }
  return runs;
}

/// The fastest configuration that `counts` accepts; infinite where there is none.
template <class Counts>
double best_of(const Problem& problem, const Counts& counts) {
  double best = std::numeric_limits<double>::infinity();
  reference::for_each(problem, [&](const Config& config, int tokens, double time) {
    if (time < best && counts(config, tokens)) best = time;
  });
  return best;
}

/// The recommended one is the preferred of all within tolerance of `best` that count.
template <class Counts>
void check_recommended(const Problem& problem,
                       const Prediction& recommended,
                       double best,
                       const Counts& counts) {
  const double near = best * (1.0 + std::max(problem.space.tolerance, kTie));
  const int tokens = static_cast<int>(recommended.tokens);
  const double most = std::max(near, best * (1.0 + kOverlapError));
  CHECK(recommended.layer.base() <= most * (1.0 + kTie));
  CHECK(counts(recommended.config, tokens));
  const Rank got = rank(recommended.config, tokens);
  // A configuration on the very edge of the tolerance may fall either way by rounding.
  if (got == recommended_rank(problem, best, near, counts)) return;
  CHECK(got == recommended_rank(problem, best, near * (1.0 - kTie), counts));
}

/// Runs that are known and bind nothing: beside what is searched otherwise, everything that they
/// run is.
bool check_known(Problem problem, const std::vector<Run>& runs) {
  CHECK_FALSE(optimize(problem, Solver::kBoth).best_run.has_value());
  problem.space.runs = runs;
  Problem theirs = problem;
  theirs.space.only_runs = true;
  const auto all = [](const Config&, int) { return true; };
  const double least = best_of(problem, all);
  const double best = best_of(theirs, all);
  if (problem.space.schedules.empty()) CHECK(least <= best * (1.0 + kTie));
  const SearchResult found = optimize(problem, Solver::kBoth);
  REQUIRE(found.optimum.has_value() == std::isfinite(least));
  if (!found.optimum) return false;
  CHECK(found.optimum->layer.base() == doctest::Approx(least).epsilon(kTie));
  REQUIRE(found.best_run.has_value() == std::isfinite(best));
  for (const Prediction& listed : found.within_tolerance) {
    const double near = least * (1.0 + problem.space.tolerance);
    CHECK(listed.layer.base() <= near * (1.0 + kTie));
  }
  if (!found.best_run) {
    check_recommended(problem, *found.recommended, least, all);
    return false;
  }
  CHECK(found.best_run->layer.base() == doctest::Approx(best).epsilon(kTie));
  const auto tokens = static_cast<int>(found.best_run->tokens);
  CHECK(reference::has_run(problem, found.best_run->config, tokens));
  check_recommended(theirs, *found.recommended, best, all);
  const SearchResult exhaustive = optimize(problem, Solver::kExhaustive);
  CHECK(exhaustive.best_run->config == found.best_run->config);
  CHECK(exhaustive.recommended->config == found.recommended->config);
  return true;
}

/// Nothing but the runs is searched.
bool check_only(Problem problem, const std::vector<Run>& runs) {
  problem.space.runs = runs;
  problem.space.only_runs = true;
  const auto all = [](const Config&, int) { return true; };
  const double best = best_of(problem, all);
  const SearchResult found = optimize(problem, Solver::kBoth);
  REQUIRE(found.optimum.has_value() == std::isfinite(best));
  if (!found.optimum) {
    CHECK_FALSE(found.reasons.empty());
    return false;
  }
  CHECK(found.optimum->layer.base() == doctest::Approx(best).epsilon(kTie));
  CHECK(found.certificate.gap == 0.0);
  CHECK(found.best_run->config == found.optimum->config);
  const auto counts = [&](const Config& config, int tokens) {
    return reference::has_run(problem, config, tokens);
  };
  CHECK(counts(found.optimum->config, static_cast<int>(found.optimum->tokens)));
  check_recommended(problem, *found.recommended, best, counts);
  for (const Solver solver : {Solver::kBounds, Solver::kExhaustive}) {
    const SearchResult other = optimize(problem, solver);
    CHECK(other.optimum->config == found.optimum->config);
    CHECK(other.recommended->config == found.recommended->config);
  }
  return true;
}

void check_against_brute_force(unsigned seed, const RandomShape& shape, int problems) {
  ProblemSource source(seed, shape);
  int known = 0;
  int only = 0;
  for (int at = 0; at < draws(problems); ++at) {
    CAPTURE(seed);
    CAPTURE(at);
    const Problem problem = source.next();
    const std::vector<Run> runs = draw_runs(source, problem);
    known += check_known(problem, runs) ? 1 : 0;
    only += check_only(problem, runs) ? 1 : 0;
  }
  CHECK(known > draws(problems) / 4);
  CHECK(only > draws(problems) / 4);
}

TEST_SUITE("search/runs") {
  TEST_CASE("the best and the recommended run equal brute force on 1,500 problems") {
    check_against_brute_force(
        20'261'101, {.max_tokens = 40, .max_chunks = 9, .transfer_limits = true}, 1500);
  }

  TEST_CASE("they do with all that the closed form leaves out, on 2,000 problems") {
    check_against_brute_force(20'261'102,
                              {.max_tokens = 40,
                               .max_width = 16,
                               .max_chunks = 9,
                               .transfer_limits = true,
                               .machines = true},
                              2000);
  }
}

}  // namespace
}  // namespace wideep::runs_test
