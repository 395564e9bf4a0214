// Every extension of the model, at the value at which it says nothing, gives the closed-form model
// exactly: the same LayerCosts and the same layer time, on random problems.
#include <array>
#include <span>

#include <doctest/doctest.h>

#include "model/overlap.h"
#include "model/prediction.h"
#include "model/unevenness.h"
#include "support/random_problem.h"

namespace wideep::neutral_test {
namespace {

constexpr std::array kEveryOverlap = {Overlap::kNone, Overlap::kChunk, Overlap::kDbo};

/// Every configuration's layer time in both problems, with the SMs of `sms` in the second.
void check_equal(const Problem& closed,
                 const Problem& extended,
                 ProblemSource& source,
                 std::span<const Overlap> overlaps,
                 int sms) {
  const int width = closed.space.ep_widths.front();
  const double tokens = tokens_per_rank(closed.workload, width);
  Config config{.ep_width = width};
  for (const Overlap overlap : overlaps) {
    config.overlap = overlap;
    config.chunks = overlap == Overlap::kNone ? 1 : source.whole(2, 8);
    config.first_tokens = overlap == Overlap::kDbo ? tokens * source.uniform(0.01, 0.99) : 0.0;
    Config with_sms = config;
    with_sms.sms = sms;
    CHECK(predict(closed, asked(closed, config)).layer ==
          predict(extended, asked(extended, with_sms)).layer);
  }
}

/// Runs `extend` on copies of random problems of the closed-form model.
template <class Extend>
void for_problems(const Extend& extend,
                  int sms = 0,
                  std::span<const Overlap> overlaps = kEveryOverlap) {
  ProblemSource source(91, {.max_tokens = 4096});
  int compared = 0;
  for (int at = 0; at < 500; ++at) {
    CAPTURE(at);
    Problem closed = source.next();
    closed.space.timing = Timing::kSchedule;
    if (closed.space.ep_widths.front() == 1) continue;
    Problem extended = closed;
    extend(closed, extended);
    ++compared;
    check_equal(closed, extended, source, overlaps, sms);
  }
  CHECK(compared > 400);
}

template <class Change>
void for_phases(Problem& problem, const Change& change) {
  for (Kernel& kernel : problem.fabric.kernels) {
    change(kernel.dispatch);
    change(kernel.combine);
  }
}

TEST_SUITE("model/neutral") {
  TEST_CASE("two tiers of which all goes over one: rho of 1 or 0") {
    for_problems([](Problem& closed, Problem& extended) {
      closed.workload.traffic.off_domain_fraction = extended.workload.traffic.off_domain_fraction =
          1.0;
      for_phases(extended, [](LinkPhase& phase) {
        phase.scale_out = phase.bandwidth;
        phase.bandwidth = Bandwidth::constant(BytesPerSecond(1.0));
      });
    });
    for_problems([](Problem& closed, Problem& extended) {
      closed.workload.traffic.off_domain_fraction = extended.workload.traffic.off_domain_fraction =
          0.0;
      for_phases(extended, [](LinkPhase& phase) {
        phase.scale_out = Bandwidth::constant(BytesPerSecond(1.0));
      });
    });
  }

  TEST_CASE("per-rank copies where each token has one expert") {
    for_problems([](Problem& closed, Problem& extended) {
      closed.workload.model.top_k = extended.workload.model.top_k = 1;
      closed.workload.model.experts = extended.workload.model.experts = 1 << 16;
      extended.fabric.kernels[0].copies = Copies::kPerRank;
      // D(P) = 1 up to rounding, which the comparison is exact about: balanced routing rounds none.
      extended.workload.traffic.routing = Routing::kBalanced;
    });
  }

  TEST_CASE("a header is so many more bytes of each element") {
    for_problems([](Problem& closed, Problem& extended) {
      // 1,024 elements of 1 1/64 bytes are 1,040, as are 1,024 of 1 byte and a header of 16.
      closed.workload.model.hidden_size = extended.workload.model.hidden_size = 1024;
      closed.workload.traffic.dispatch_element = closed.workload.traffic.combine_element =
          Bytes(1.0 + 1.0 / 64);
      extended.workload.traffic.dispatch_element = extended.workload.traffic.combine_element =
          Bytes(1.0);
      for_phases(extended, [](LinkPhase& phase) { phase.header = Bytes(16.0); });
    });
  }

  TEST_CASE("twice the mean on the busiest link is half the bandwidth") {
    for_problems([](Problem& closed, Problem& extended) {
      extended.workload.traffic.comm_straggler_factor = 2.0;
      for_phases(closed, [](LinkPhase& phase) {
        phase.bandwidth = Bandwidth::constant(0.5 * phase.bandwidth.at(8, 0));
      });
    });
  }

  TEST_CASE("SM time of transfers beside which nothing runs") {
    const std::array none = {Overlap::kNone};
    for_problems(
        [](Problem&, Problem& extended) {
          for_phases(extended, [](LinkPhase& phase) {
            phase.sm_time = ByWidth<Seconds>::constant(50.0 * unit::us);
            phase.sm_time_per_token = ByWidth<Seconds>::constant(1.0 * unit::us);
          });
        },
        0,
        none);
  }

  TEST_CASE("a floor that the latency reaches") {
    for_problems([](Problem&, Problem& extended) {
      for_phases(extended, [](LinkPhase& phase) { phase.floor = phase.latency; });
    });
  }

  TEST_CASE("a ramp that takes no time") {
    for_problems([](Problem&, Problem& extended) {
      for_phases(extended, [](LinkPhase& phase) {
        phase.law = &kRampLaw;
        phase.law_tokens = ByWidth<double>::constant(250.0);
      });
    });
  }

  TEST_CASE("experts on the SMs that cost nothing, or of an unknown number") {
    const auto put = [](Problem& extended, const ExpertGroups& groups) {
      extended.fabric.gpu = Gpu{};
      extended.fabric.gpu->sms = 132;
      for_phases(extended, [&](LinkPhase& phase) { phase.experts = groups; });
    };
    for_problems([&](Problem& closed, Problem& extended) {
      closed.workload.model.experts = extended.workload.model.experts = 720;
      put(extended, {});
    });
    for_problems([&](Problem&, Problem& extended) {
      put(extended, {.latency_each = unit::us, .latency_several = unit::us, .token_time = unit::s});
    });
  }

  TEST_CASE("latency by width with one value everywhere") {
    for_problems([](Problem&, Problem& extended) {
      for_phases(extended, [](LinkPhase& phase) {
        const Seconds value = phase.latency.points.front().value;
        phase.latency = {{{1, value}, {512, value}}, false};
      });
    });
  }

  TEST_CASE("SMs enough for the cap, on a GPU whose count is not known") {
    for_problems(
        [](Problem&, Problem& extended) {
          for_phases(extended,
                     [](LinkPhase& phase) { phase.bandwidth.per_sm = phase.bandwidth.cap; });
        },
        8);
  }

  TEST_CASE("a GPU whose kernels hold none of its SMs") {
    for_problems([](Problem&, Problem& extended) {
      extended.fabric.gpu = Gpu{};
      extended.fabric.gpu->sms = 132;
    });
  }

  TEST_CASE("experts whose number is known but costs nothing") {
    for_problems([](Problem&, Problem& extended) {
      extended.workload.model.experts = 720;
      extended.workload.figures.expert.launch = Seconds(0.0);
    });
  }

  TEST_CASE("no attention, whatever the number of layers") {
    for_problems([](Problem&, Problem& extended) {
      extended.workload.figures.dense = {};
      extended.workload.model.moe_layers = 61;
    });
  }

  TEST_CASE("a straggler factor by width with one value") {
    for_problems([](Problem&, Problem& extended) {
      const double value = straggler_factor(extended.workload, {.ep_width = 8});
      extended.workload.traffic.straggler.source =
          ByWidth<double>{{{1, value}, {512, value}}, false};
    });
  }

  TEST_CASE("uniform experts in an endless batch have no straggler") {
    const Skew uniform{Skew::Kind::kUniform, 0.0};
    const SkewCase group{.experts = 256, .slots = 256, .top_k = 8, .ep_width = 32, .routed = 1e9};
    CHECK(straggler_factor(uniform, group) == doctest::Approx(1.0).epsilon(1e-4));
    CHECK(straggler_factor({Skew::Kind::kDirichlet, 1e6}, group) ==
          doctest::Approx(1.0).epsilon(1e-3));
  }
}

}  // namespace
}  // namespace wideep::neutral_test
