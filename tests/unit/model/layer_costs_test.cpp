#include "model/layer_costs.h"

#include <cmath>
#include <optional>

#include <doctest/doctest.h>

#include "model/prediction.h"

namespace wideep::layer_costs_test {
namespace {

using doctest::Approx;

/// d = 1000, k = 8, 1 B out and 2 B back per element, T = 100, gamma = 2, c_tok = 0.5 us.
Workload workload() {
  Workload w;
  w.model.hidden_size = 1000;
  w.model.top_k = 8;
  w.traffic.dispatch_element = 1.0 * unit::B;
  w.traffic.combine_element = 2.0 * unit::B;
  w.traffic.tokens = TokensPerRank{100, ExpertLoad::kPerRank, true};
  w.traffic.straggler.source = ByWidth<double>::constant(2.0);
  w.figures.expert.per_token = 0.5 * unit::us;
  return w;
}

Kernel kernel() {
  const LinkPhase link{.latency = ByWidth<Seconds>::constant(12.0 * unit::us),
                       .bandwidth = Bandwidth::constant(80.0 * unit::GBps),
                       .efficiency = 0.5};
  return {.name = "LL", .dispatch = link, .combine = link, .limits = {}};
}

LayerCosts costs_at(const Workload& w, int ep_width) {
  const Problem problem{.workload = w, .fabric = {8, {kernel()}, {}}, .space = {}};
  return layer_costs(problem, {.ep_width = ep_width});
}

TEST_SUITE("model/layer_costs") {
  TEST_CASE("a direction takes its latency and its bytes over the achieved bandwidth") {
    const LayerCosts costs = costs_at(workload(), 16);
    // 100 tokens * 8 * 1000 B = 800 kB at 0.5 * 80 GB/s = 20 us, after 12 us; twice that back.
    CHECK(costs.dispatch.time(100) / unit::us == Approx(32.0));
    CHECK(costs.combine.time(100) / unit::us == Approx(52.0));
    CHECK(costs.comm_time(100) / unit::us == Approx(84.0));
    // Four chunks pay the latency four times: 48 + 20.
    CHECK(costs.dispatch.time(100, 4) / unit::us == Approx(68.0));
  }

  TEST_CASE("T*k and T*k/P differ by the EP width, in the experts only") {
    // r = 100 * 8 = 800 routed tokens, * 2 * 0.5 us = 800 us; shared by 16 ranks 50 us.
    CHECK(costs_at(workload(), 16).expert.time(100) / unit::us == Approx(800.0));
    Workload shared = workload();
    shared.traffic.tokens = TokensPerRank{100, ExpertLoad::kSharedByRanks, true};
    CHECK(costs_at(shared, 16).expert.time(100) / unit::us == Approx(50.0));
    CHECK(costs_at(shared, 16).dispatch.time(100) / unit::us == Approx(32.0));
  }

  TEST_CASE("global tokens are dealt out rounded up") {
    Workload w = workload();
    w.traffic.tokens = GlobalTokens{1000};
    CHECK(tokens_per_rank(w, 16) == 63);  // 62.5
    CHECK(tokens_per_rank(w, 10) == 100);
    CHECK(tokens_per_rank(w, 2000) == 1);
    CHECK(routed_per_token(w, {.ep_width = 16}) == 8.0);
  }

  TEST_CASE("one rank sends nothing") {
    const LayerCosts costs = costs_at(workload(), 1);
    CHECK(costs.comm_time(100) == 0.0 * unit::s);
    CHECK(costs.dispatch_per_token == 0.0 * unit::B);
    CHECK(costs.expert.time(100) / unit::us == Approx(800.0));
  }

  TEST_CASE("at EP 1 no kernel runs, and none holds SMs") {
    Problem p{.workload = workload(), .fabric = {8, {kernel()}, {}}, .space = {}};
    p.fabric.gpu = Gpu{};
    p.fabric.gpu->sms = 132;
    p.fabric.kernels[0].sms = {24};
    CHECK(layer_costs(p, {.ep_width = 1, .sms = 24}).slowdown == 1.0);
    CHECK(layer_costs(p, {.ep_width = 8, .sms = 24}).slowdown == Approx(132.0 / 108));
  }

  TEST_CASE("every number of SMs at once costs what each does alone") {
    Problem p{.workload = workload(), .fabric = {8, {kernel()}, {}}, .space = {}};
    p.fabric.gpu = Gpu{};
    p.fabric.gpu->sms = 132;
    Kernel& chosen = p.fabric.kernels[0];
    chosen.dispatch.bandwidth.per_sm = ByWidth<BytesPerSecond>::constant(unit::GBps);
    chosen.sms = {4, 24};
    const std::vector<LayerCosts> both = sm_choices(p, {.ep_width = 8});
    REQUIRE(both.size() == 2);
    for (std::size_t at = 0; at < both.size(); ++at) {
      const LayerCosts alone = layer_costs(p, {.ep_width = 8, .sms = chosen.sms[at]});
      CHECK(both[at].dispatch.per_token == alone.dispatch.per_token);
      CHECK(both[at].combine.per_token == alone.combine.per_token);
      CHECK(both[at].expert.per_token == alone.expert.per_token);
      CHECK(both[at].slowdown == alone.slowdown);
    }
    CHECK(both[0].dispatch.per_token > both[1].dispatch.per_token);
    chosen.sms.clear();
    CHECK(sm_choices(p, {.ep_width = 8, .sms = 7}).size() == 1);
  }

  TEST_CASE("experts on the SMs: a latency for each, and no more than the SMs that run reach") {
    Problem p{.workload = workload(), .fabric = {8, {kernel()}, {}}, .space = {}};
    p.fabric.gpu = Gpu{};
    p.fabric.gpu->sms = 100;
    p.fabric.kernels[0].dispatch.experts = ExpertGroups{.latency_each = 3.0 * unit::us,
                                                        .latency_several = Seconds(0.0),
                                                        .token_time = 16.0 * unit::us};
    p.fabric.kernels[0].combine.experts = ExpertGroups{.latency_each = Seconds(0.0),
                                                       .latency_several = 5.0 * unit::us,
                                                       .token_time = Seconds(0.0),
                                                       .per_sm = unit::GBps};
    const auto at = [&](std::optional<int> experts) {
      p.workload.model.experts = experts;
      return layer_costs(p, {.ep_width = 8});
    };
    // 256 experts: 3 on each of 86 SMs. 12 + 2 * 3 us, and 8 kB at 40 GB/s = 0.2 us a token, more
    // than 16 us / 86; back 12 + 5 us, and 16 kB at half of min(80, 86) GB/s = 0.4 us.
    CHECK(at(256).dispatch.latency / unit::us == Approx(18.0));
    CHECK(at(256).dispatch.per_token / unit::us == Approx(0.2));
    CHECK(at(256).combine.latency / unit::us == Approx(17.0));
    CHECK(at(256).combine.per_token / unit::us == Approx(0.4));
    // 40: one on each of 40 SMs. 16 us / 40 = 0.4 us; 16 kB at half of 40 GB/s = 0.8 us.
    CHECK(at(40).dispatch.latency / unit::us == Approx(12.0));
    CHECK(at(40).dispatch.per_token / unit::us == Approx(0.4));
    CHECK(at(40).combine.latency / unit::us == Approx(12.0));
    CHECK(at(40).combine.per_token / unit::us == Approx(0.8));
    p.workload.serving.redundant_experts = 61;  // 101 slots: two on each of 51
    CHECK(at(40).dispatch.latency / unit::us == Approx(15.0));
    p.workload.serving.redundant_experts = 0;
    // Without the number of experts, or that of SMs, none of it is known.
    CHECK(at({}).dispatch.latency / unit::us == Approx(12.0));
    p.fabric.gpu->sms.reset();
    CHECK(at(40).combine.per_token / unit::us == Approx(0.4));
  }

  TEST_CASE("more experts never cost a transfer less latency, and more SMs never bandwidth") {
    Problem p{.workload = workload(), .fabric = {8, {kernel()}, {}}, .space = {}};
    p.fabric.gpu = Gpu{};
    p.fabric.gpu->sms = 132;
    p.fabric.kernels[0].dispatch.experts = ExpertGroups{.latency_each = unit::us,
                                                        .latency_several = unit::us,
                                                        .token_time = unit::us,
                                                        .per_sm = unit::GBps};
    Seconds before;
    for (const int experts : {8, 64, 132, 133, 264, 265, 512}) {
      p.workload.model.experts = experts;
      const Seconds now = layer_costs(p, {.ep_width = 8}).dispatch.latency;
      CHECK(now >= before);
      before = now;
    }
  }

  TEST_CASE("figures by EP width are interpolated in log2 and held beyond their ends") {
    const ByWidth<Seconds> table{{{8, 10.0 * unit::us}, {32, 30.0 * unit::us}}, false};
    CHECK(table.at(8) / unit::us == Approx(10.0));
    CHECK(table.at(16) / unit::us == Approx(20.0));  // half way from 2^3 to 2^5
    CHECK(table.at(24) / unit::us == Approx(10.0 + 20.0 * std::log2(3.0) / 2.0));
    CHECK(table.at(32) / unit::us == Approx(30.0));
    CHECK(table.at(4) / unit::us == Approx(10.0));  // held beyond, and covers() says so
    CHECK(table.at(64) / unit::us == Approx(30.0));
    CHECK_FALSE(table.covers(7));
    CHECK_FALSE(table.covers(33));
    CHECK(ByWidth<Seconds>::constant(unit::us).covers(1'000'000));
  }

  TEST_CASE("rho is what leaves the domain under uniform routing, or what was given") {
    Workload w = workload();
    CHECK(off_domain_fraction(w, 8, 32) == 0.75);
    CHECK(off_domain_fraction(w, 8, 4) == 0.0);
    w.traffic.off_domain_fraction = 0.3;
    CHECK(off_domain_fraction(w, 8, 4) == 0.3);
  }

  TEST_CASE("volumes: V out, all of it, and what leaves the domain") {
    Problem problem{.workload = workload(), .fabric = {8, {kernel()}, {}}, .space = {}};
    const Prediction p = predict(problem, asked(problem, {.ep_width = 32, .chunks = 1}));
    CHECK(p.dispatch_volume == 800e3 * unit::B);
    CHECK(p.layer_volume == 2400e3 * unit::B);
    CHECK(p.off_domain_volume == 1800e3 * unit::B);  // 3/4
    CHECK(p.chunk == 800e3 * unit::B);
  }
}

}  // namespace
}  // namespace wideep::layer_costs_test
