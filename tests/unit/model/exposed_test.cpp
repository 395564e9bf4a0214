#include "model/exposed.h"

#include <doctest/doctest.h>

#include "model/overlap.h"
#include "support/optimized.h"
#include "support/perturb.h"
#include "support/random_problem.h"

namespace wideep::exposed_test {
namespace {

using doctest::Approx;

TEST_SUITE("model/exposed") {
  TEST_CASE("worked by hand: without overlap every term counts") {
    // d = 10 + 100 us, b = 20 + 200 us; A = 7; e = 5 + max(4 * 30, 100 * 1) = 125, weight-bound.
    const LayerCosts costs{
        .dispatch = {10.0 * unit::us, 1.0 * unit::us},
        .combine = {20.0 * unit::us, 2.0 * unit::us},
        .expert = {.launch = 5.0 * unit::us,
                   .weight_read = 30.0 * unit::us,
                   .per_token = 1.0 * unit::us,
                   .local_experts = 4.0,
                   .log_idle = -100.0},
        .dense = {.prep = {}, .core = {7.0 * unit::us, {}, {}, {}}, .gate = {}, .shared = {}}};
    const ExposedTimes times = exposed_times(costs, {.tokens = 100}, Timing::kSchedule);
    CHECK(times.at(Term::kBandwidth) / unit::us == Approx(300.0));
    CHECK(times.at(Term::kLatency) / unit::us == Approx(30.0));
    CHECK(times.at(Term::kWeights) / unit::us == Approx(120.0));
    CHECK(times.at(Term::kCompute) == Seconds(0.0));
    CHECK(times.at(Term::kLaunch) / unit::us == Approx(5.0));
    CHECK(times.at(Term::kAttention) / unit::us == Approx(7.0));
    CHECK(largest_term(times) == Term::kBandwidth);
  }

  TEST_CASE("a pipeline that fills is latency") {
    // 10 + 100 us and 30 us * 100 / (100 + 50) of the ramp.
    const LayerCosts costs{.dispatch = {.latency = 10.0 * unit::us,
                                        .per_token = 1.0 * unit::us,
                                        .law = &kRampLaw,
                                        .law_figures = {30.0 * unit::us, 50.0}},
                           .combine = {},
                           .expert = {}};
    const ExposedTimes times = exposed_times(costs, {.tokens = 100}, Timing::kSchedule);
    CHECK(times.at(Term::kLatency) / unit::us == Approx(30.0));
    CHECK(times.at(Term::kBandwidth) / unit::us == Approx(100.0));
  }

  TEST_CASE("each term is what the layer loses where that term shrinks, on random problems") {
    // The layer time is homogeneous in its terms: a term's share is its derivative. The derivative
    // is taken of predict() on changed inputs, which knows nothing of exposed_times().
    ProblemSource source(71, {.max_tokens = 4096, .max_width = 16, .machines = true});
    int compared = 0;
    for (int at = 0; at < draws(1500); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      Config config{.ep_width = problem.space.ep_widths.front()};
      const std::vector<int>& sms = problem.fabric.kernels[0].sms;
      if (!sms.empty()) config.sms = sms.front();
      const double tokens = tokens_per_rank(problem.workload, config.ep_width);
      const bool steady = problem.space.timing == Timing::kSteadyState;
      for (const Overlap overlap : {Overlap::kNone, Overlap::kChunk, Overlap::kDbo}) {
        if (overlap == Overlap::kChunk && steady) continue;
        config.overlap = overlap;
        config.chunks = overlap == Overlap::kNone ? 1 : source.whole(2, 16);
        config.first_tokens = tokens * (steady ? 0.5 : source.uniform(0.1, 0.9));
        const Prediction here = predict(problem, asked(problem, config));
        for (std::size_t term = 0; term < kTermCount; ++term) {
          const auto slopes = slopes_of(problem, config, static_cast<Term>(term));
          if (!slopes) continue;  // at a kink, where either side is right
          ++compared;
          CHECK(here.exposed.of[term].base() ==
                Approx(*slopes).epsilon(1e-4 * here.layer.base() / (1e-300 + *slopes)));
        }
      }
    }
    CHECK(compared > draws(20'000));
  }
}

}  // namespace
}  // namespace wideep::exposed_test
