#include "model/prediction.h"

#include <cmath>

#include <doctest/doctest.h>

#include "support/asked.h"

namespace wideep::prediction_test {
namespace {

using doctest::Approx;

/// 12 tokens a rank, 2 of 8 experts each, EP 4 on domains of 2. Out 10 us and 2 kB a token at
/// 1 GB/s, back 20 us and 4 kB; experts 5 us, 3 us for each one read, 1 us for each of 1.5 times
/// the mean of routed tokens; attention 7 us.
Problem problem() {
  Problem p;
  p.workload.model.hidden_size = 1000;
  p.workload.model.top_k = 2;
  p.workload.model.experts = 8;
  p.workload.traffic.combine_element = Bytes(2.0);
  p.workload.traffic.tokens = TokensPerRank{12, ExpertLoad::kPerRank, true};
  p.workload.traffic.straggler.source = ByWidth<double>{{{4, 1.5}, {8, 3.0}}, false};
  p.workload.figures.expert = {.launch = 5.0 * unit::us,
                               .weight_read = 3.0 * unit::us,
                               .fixed = {},
                               .per_token = 1.0 * unit::us};
  p.workload.figures.dense.core.fixed = 7.0 * unit::us;
  const auto link = [](double latency_us) {
    return LinkPhase{.latency = ByWidth<Seconds>::constant(latency_us * unit::us),
                     .bandwidth = Bandwidth::constant(unit::GBps)};
  };
  p.fabric.gpus_per_domain = 2;
  p.fabric.gpu = Gpu{};
  p.fabric.gpu->sms = 132;
  p.fabric.kernels = {{.name = "LL", .dispatch = link(10), .combine = link(20), .limits = {}}};
  p.space.kernels = {0};
  return p;
}

TEST_SUITE("model/prediction") {
  TEST_CASE("the stages of a whole batch, by hand") {
    const Prediction found = with_asked(predict, problem(), {.ep_width = 4});
    CHECK(found.tokens == 12.0);
    CHECK(found.routed_tokens == 24.0);
    CHECK(found.straggler_factor == 1.5);
    // Each of 2 local experts is missed by all 48 tokens of the group with a chance of 0.75^48.
    CHECK(found.active_experts == Approx(2.0 * (1.0 - std::pow(0.75, 48))).epsilon(1e-12));
    CHECK(found.attention / unit::us == Approx(7.0));
    CHECK(found.dispatch / unit::us == Approx(10.0 + 24.0));
    CHECK(found.expert / unit::us == Approx(5.0 + 1.5 * 24.0));
    CHECK(found.combine / unit::us == Approx(20.0 + 48.0));
    CHECK(found.comm / unit::us == Approx(102.0));
    CHECK(found.no_overlap / unit::us == Approx(150.0));
    CHECK(found.bound / unit::us == Approx(102.0));
    CHECK(found.layer / unit::us == Approx(150.0));
    CHECK(found.scheduled == found.layer);
    CHECK(found.exposed.at(Term::kLatency) / unit::us == Approx(30.0));
    CHECK(found.step.moe_layers == found.layer);
    CHECK(found.split == 0.0);
    CHECK(found.slowdown == 1.0);
    CHECK_FALSE(found.memory);
  }

  TEST_CASE("a configuration's own times: what is scheduled, and the steady state") {
    // 12 of 132 SMs held: compute takes 1.1 times as long. Two chunks of 6: 22, 25.3 and 44 us,
    // of which the combines bind: 7 + 22 + 25.3 + 88.
    const Config chunks{.ep_width = 4, .overlap = Overlap::kChunk, .chunks = 2, .sms = 12};
    const Prediction chunked = with_asked(predict, problem(), chunks);
    CHECK(chunked.config == asked(problem(), chunks));
    CHECK(chunked.slowdown == Approx(1.1));
    CHECK(chunked.layer / unit::us == Approx(142.3));
    CHECK(chunked.busy.experts / unit::us == Approx(2 * 25.3));
    CHECK(chunked.chunk / unit::B == Approx(12e3));
    CHECK(chunked.no_overlap / unit::us == Approx(150.0));
    // Halves, a transfer each: slots of 44, 22, 25.3 and 44 us; of a single layer the first
    // attention, 7.7 us, and the last combine, 44, stand alone.
    Problem p = problem();
    p.space.timing = Timing::kSteadyState;
    const Config halves{
        .ep_width = 4, .overlap = Overlap::kDbo, .chunks = 2, .first_tokens = 3.0, .sms = 12};
    Config even = halves;
    even.first_tokens = 6.0;
    const Prediction steady = predict(p, asked(p, even));
    CHECK(steady.scheduled / unit::us == Approx(22.0 + 25.3 + 44.0 + 7.7 + 44.0));
    // Two transfers of the whole batch: 2 * (10 + 20) + 24 + 48.
    CHECK(steady.layer / unit::us == Approx(132.0));
    CHECK(steady.exposed.at(Term::kLatency) / unit::us == Approx(60.0));
    CHECK(steady.split == 0.5);
    CHECK(with_asked(predict, problem(), halves).split == 0.25);
  }

  TEST_CASE("what is moved, and what of it leaves the domain") {
    Problem p = problem();
    const Config config{.ep_width = 4, .overlap = Overlap::kChunk, .chunks = 3};
    Prediction found = predict(p, asked(p, config));
    CHECK(found.off_domain_share == 0.5);
    CHECK(found.dispatch_volume / unit::B == Approx(24e3));
    CHECK(found.layer_volume / unit::B == Approx(72e3));
    CHECK(found.off_domain_volume / unit::B == Approx(36e3));
    CHECK(found.chunk / unit::B == Approx(8e3));
    CHECK(found.sent_volume / unit::B == Approx(72e3));  // a copy for each expert
    CHECK(found.sent_off_domain / unit::B == Approx(36e3));
    // To all 3 others of 4 ranks, and once to the other domain; a copy is 1 kB and 2 kB.
    p.fabric.kernels[0].copies = Copies::kAllGather;
    found = predict(p, asked(p, config));
    CHECK(found.layer_volume / unit::B == Approx(72e3));
    CHECK(found.sent_volume / unit::B == Approx(12 * 3 * 3e3));
    CHECK(found.sent_off_domain / unit::B == Approx(12 * 3e3));
    p.fabric.kernels[0].dispatch.scale_out = Bandwidth::constant(unit::GBps);
    CHECK(predict(p, asked(p, config)).sent_volume / unit::B == Approx(12 * (3 + 1) * 3e3));
    const Prediction alone = predict(p, asked(p, {.ep_width = 1}));
    CHECK(alone.dispatch_volume == Bytes(0.0));
    CHECK(alone.sent_volume == Bytes(0.0));
    CHECK(alone.comm == Seconds(0.0));
  }
}

}  // namespace
}  // namespace wideep::prediction_test
