#include "report/timeline.h"

#include <map>

#include <doctest/doctest.h>

#include "support/random_problem.h"

namespace wideep::timeline_test {
namespace {

using doctest::Approx;

TEST_SUITE("report/timeline") {
  TEST_CASE("a trace holds every task once, and no resource two at a time") {
    ProblemSource source(91, {.max_tokens = 512, .max_chunks = 8});
    for (int at = 0; at < 200; ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      const int width = problem.space.ep_widths.back();
      const int tokens = tokens_per_rank(problem.workload, width);
      const Config config{.ep_width = width,
                          .overlap = tokens > 1 ? Overlap::kDbo : Overlap::kNone,
                          .chunks = 1,
                          .first_tokens = tokens * 0.5};
      Timeline timeline{tasks_of(problem, asked(problem, config), 3), {}, 3};
      timeline.spans = simulate(timeline.tasks.tasks);
      const Json trace = trace_json(problem, predict(problem, asked(problem, config)), timeline);

      std::size_t complete = 0;
      std::map<int, double> free_from;
      for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] != "X") continue;
        ++complete;
        const int tid = event["tid"];
        const double ts = event["ts"];
        const double dur = event["dur"];
        CHECK(dur >= 0.0);
        CHECK(ts >= free_from[tid] * (1.0 - 1e-12));
        free_from[tid] = ts + dur;
        CHECK(event["args"]["tokens"] > 0.0);
      }
      CHECK(complete == timeline.spans.size());
      const double end = std::max(free_from[0], free_from[1]);
      CHECK(end == Approx(makespan(timeline.spans) / unit::us));
    }
  }
}

}  // namespace
}  // namespace wideep::timeline_test
