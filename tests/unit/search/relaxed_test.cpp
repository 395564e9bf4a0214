#include "search/relaxed.h"

#include <doctest/doctest.h>

#include "search/interval_bounds.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::relaxed_test {
namespace {

TEST_SUITE("search/relaxed") {
  TEST_CASE("NLopt's point is no worse than any integer configuration, up to its tolerance") {
    ProblemSource source(51, {.max_tokens = 2000});
    int cells = 0;
    for (int at = 0; at < draws(300); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      for (const Cell& cell : list_cells(problem).cells) {
        if (cell.overlap == Overlap::kNone) continue;
        ++cells;
        const RelaxedPoint relaxed = solve_relaxed(cell);
        CHECK(relaxed_time(cell, relaxed.chunks, relaxed.split) == relaxed.time);
        const int chunks = source.whole(cell.min_chunks, cell.max_chunks);
        const double first =
            has_split(cell) ? source.whole(1, cell.tokens - 1) : fixed_first_tokens(cell);
        const auto other = feasible_time(cell, chunks, first);
        CHECK(relaxed.time <= *other * 1.001);
        const auto rounded = round_to_integers(cell, relaxed);
        REQUIRE(rounded.has_value());
        CHECK(rounded->time <= *other * (1.0 + 1e-12));
      }
    }
    CHECK(cells > draws(500));
  }

  TEST_CASE("no cell is faster than its lower bound, nor a range of it than the range's") {
    for (const bool machines : {false, true}) {
      ProblemSource source(52,
                           {.max_tokens = 500,
                            .max_width = machines ? 16 : 512,
                            .transfer_limits = true,
                            .machines = machines});
      int ranges = 0;
      for (int at = 0; at < draws(3000); ++at) {
        CAPTURE(at);
        const Problem problem = source.next();
        for (const Cell& cell : list_cells(problem).cells) {
          const int chunks = source.whole(cell.min_chunks, cell.max_chunks);
          const double first =
              cell.overlap == Overlap::kDbo ? source.whole(1, cell.tokens - 1) : 0.0;
          const auto time = feasible_time(cell, chunks, first);
          if (!time) continue;
          CHECK(lower_bound(cell) <= *time);
          if (cell.timing == Timing::kSteadyState) continue;
          ++ranges;
          const int at_first = static_cast<int>(first);
          if (cell.overlap == Overlap::kDbo) {
            const int low = source.whole(1, at_first);
            const int high = source.whole(at_first, cell.tokens - 1);
            CHECK(splits_bound(cell, chunks, low, high) <= *time);
            CHECK(splits_bound(cell, chunks, at_first, at_first) >= *time * (1.0 - 1e-12));
          } else if (cell.overlap == Overlap::kChunk) {
            CHECK(chunks_bound(cell,
                               source.whole(cell.min_chunks, chunks),
                               source.whole(chunks, cell.max_chunks)) <= *time);
          }
        }
      }
      CHECK(ranges > draws(3000));
    }
  }
}

}  // namespace
}  // namespace wideep::relaxed_test
