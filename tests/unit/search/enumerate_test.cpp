#include "search/enumerate.h"

#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "support/random_problem.h"

namespace wideep::enumerate_test {
namespace {

using Point = std::pair<int, double>;  ///< chunks and first tokens

std::set<Point> visited(const Cell& cell, Pruning pruning, Quest quest) {
  std::set<Point> points;
  quest.visit = [&](const Config& config, Cost) {
    CHECK(points.emplace(config.chunks, config.first_tokens).second);  // none twice
  };
  enumerate(cell, pruning, quest);
  return points;
}

TEST_SUITE("search/enumerate") {
  TEST_CASE("every count of chunks, and every split, each once") {
    Cell cell{.ep_width = 8, .overlap = Overlap::kChunk, .tokens = 6, .costs = {}};
    cell.min_chunks = 2;
    cell.max_chunks = 5;
    const Quest all{.limit = [] { return kNever; }, .visit = {}};
    CHECK(visited(cell, Pruning::kNone, all) == std::set<Point>{{2, 0}, {3, 0}, {4, 0}, {5, 0}});
    CHECK(evaluations_needed(cell) == 4);
    cell.max_transfer = 2;  // three chunks at least
    CHECK(visited(cell, Pruning::kNone, all) == std::set<Point>{{3, 0}, {4, 0}, {5, 0}});
    CHECK(evaluations_needed(cell) == 3);
    cell.max_transfer = 1;
    CHECK(visited(cell, Pruning::kNone, all).empty());
    CHECK(evaluations_needed(cell) == 0);
    // More transfers never help dbo: one is enough, or as few as the limit asks for.
    cell = {.ep_width = 8, .overlap = Overlap::kDbo, .tokens = 4, .costs = {}};
    cell.max_chunks = 3;
    CHECK(visited(cell, Pruning::kNone, all) == std::set<Point>{{1, 1}, {1, 2}, {1, 3}});
    CHECK(evaluations_needed(cell) == 3);
    cell.half_split = true;
    CHECK(visited(cell, Pruning::kNone, all) == std::set<Point>{{1, 2}});
    CHECK(evaluations_needed(cell) == 1);
    // At most 2 tokens at a time: halves in one transfer each, or 1 and 3 in two of the latter.
    cell.half_split = false;
    cell.max_transfer = 2;
    CHECK(visited(cell, Pruning::kNone, all) == std::set<Point>{{1, 2}, {2, 1}, {2, 2}, {2, 3}});
    CHECK(evaluations_needed(cell) == 6);
  }

  TEST_CASE("bounds and slo.tpot leave out nothing within the limit, on random cells") {
    ProblemSource source(
        20'261'013, {.max_tokens = 40, .max_width = 16, .transfer_limits = true, .machines = true});
    int within_any = 0;
    for (int at = 0; at < 300; ++at) {
      CAPTURE(at);
      for (Cell cell : list_cells(source.next()).cells) {
        Cost least = kNever;
        const Quest time{
            .limit = [] { return kNever; },
            .visit = [&](const Config&, Cost found) { least = std::min(least, found); }};
        CHECK(enumerate(cell, Pruning::kNone, time) == evaluations_needed(cell));
        const Cost limit = least * source.uniform(1.0, 1.2);
        const Quest quest{.limit = [&] { return limit; }, .visit = {}};
        const auto within = visited(cell, Pruning::kNone, quest);
        within_any += within.empty() ? 0 : 1;
        CHECK(visited(cell, Pruning::kBounds, quest) == within);
        cell.longest = Seconds(limit.value);  // the cost is the layer time
        const Quest any{.limit = [] { return kNever; }, .visit = {}};
        CHECK(visited(cell, Pruning::kBounds, any) == within);
      }
    }
    CHECK(within_any > 800);
  }

  TEST_CASE("the walk is cut where bounds say so, and where it is told to skip") {
    // Experts bind, in proportion to the tokens: halves are best, and the first split looked at.
    Cell cell{.ep_width = 8, .overlap = Overlap::kDbo, .tokens = 1'000, .costs = {}};
    cell.costs.dispatch = cell.costs.combine = {10.0 * unit::us, 4.0 * unit::us};
    cell.costs.expert.per_token = 4.0 * unit::us;
    Cost best = kNever;
    const Quest quest{.limit = [&] { return best; },
                      .visit = [&](const Config&, Cost cost) { best = cost; }};
    CHECK(enumerate(cell, Pruning::kNone, quest) == 999);
    best = kNever;
    CHECK(enumerate(cell, Pruning::kBounds, quest) < 100);
    const Quest skipping{.limit = [] { return kNever; },
                         .visit = {},
                         .skip = [](int, int low, int) { return low > 600; }};
    const auto points = visited(cell, Pruning::kBounds, skipping);
    CHECK(points.contains({1, 500.0}));
    CHECK_FALSE(points.contains({1, 999.0}));
  }
}

}  // namespace
}  // namespace wideep::enumerate_test
