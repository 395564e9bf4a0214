#include "model/step.h"

#include <random>

#include <doctest/doctest.h>

#include "model/hardware.h"
#include "model/limits.h"
#include "model/memory.h"
#include "support/draw.h"
#include "support/limit_words.h"

namespace wideep::step_test {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 20'261;
constexpr int kDraws = 400;

/// 10 MoE layers, 2 dense ones, a head and 350 us of everything else.
Workload workload() {
  Workload w;
  w.model.moe_layers = 10;
  w.figures.outside.dense_layers = 2;
  w.figures.outside.dense_layer.core = {.fixed = 10.0 * unit::us,
                                        .weight_read = 30.0 * unit::us,
                                        .compute_per_token = 1.0 * unit::us,
                                        .per_token = 0.5 * unit::us};
  w.figures.outside.head = {.fixed = {},
                            .weight_read = 50.0 * unit::us,
                            .compute_per_token = 2.0 * unit::us,
                            .per_token = {}};
  w.figures.outside.overhead = 350.0 * unit::us;
  return w;
}

/// Any workload that the readers would accept, as far as a step looks at it.
class WorkloadDraw : public Draw {
 public:
  using Draw::Draw;

  Seconds time(double most) {
    return Seconds(whole(0, 3) == 0 ? 0.0 : uniform(0.0, 1.0) * uniform(0.0, most));
  }
  DenseWork work() {
    return {.fixed = time(1e-3),
            .weight_read = time(1e-3),
            .compute_per_token = time(1e-5),
            .per_token = time(1e-5)};
  }
  Workload workload() {
    Workload w;
    w.model.moe_layers = whole(1, 100);
    w.figures.outside.dense_layers = whole(0, 30);
    w.figures.outside.dense_layer.core = work();
    w.figures.outside.head = work();
    w.figures.outside.overhead = time(1e-2);
    w.figures.outside.efficiency = whole(0, 2) == 0 ? 1.0 : uniform(0.01, 1.0);
    w.traffic.drafting.tokens = whole(0, 4);
    w.traffic.drafting.accepted = uniform(0.0, w.traffic.drafting.tokens);
    return w;
  }
};

TEST_SUITE("model/step") {
  TEST_CASE("with nothing but MoE layers and a stated overhead a step is their sum, exactly") {
    WorkloadDraw draw(kSeed);
    CAPTURE(kSeed);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      Workload w;
      w.model.moe_layers = draw.whole(1, 100);
      w.figures.outside.overhead = draw.time(1e-2);
      const Seconds layer = draw.time(1e-2);
      const int tokens = draw.whole(1, 100'000);
      const StepTimes step = step_times(w, tokens, layer);
      CHECK(step.total == w.model.moe_layers * layer + w.figures.outside.overhead);
      CHECK(step.tpot == step.total);
      CHECK(step.lost == Seconds(0.0));
      CHECK(step.dense_layers == Seconds(0.0));
      CHECK(step.head == Seconds(0.0));
      CHECK_FALSE(step.ttft);
      if (step.total > Seconds(0.0)) {
        CHECK(step.tokens_per_gpu_per_second == tokens / step.total.base());
      }
    }
  }

  TEST_CASE("dense layers and the head are read once or computed, whichever is longer") {
    // 20 tokens: a dense layer 10 + max(30, 20) + 10 = 50 us, the head max(50, 40) = 50 us.
    StepTimes step = step_times(workload(), 20, 100.0 * unit::us);
    CHECK(step.moe_layers / unit::us == Approx(1000.0));
    CHECK(step.dense_layers / unit::us == Approx(100.0));
    CHECK(step.head / unit::us == Approx(50.0));
    CHECK(step.overhead / unit::us == Approx(350.0));
    CHECK(step.total / unit::us == Approx(1500.0));
    // 40 tokens: 10 + max(30, 40) + 20 = 70 us and max(50, 80) = 80 us.
    step = step_times(workload(), 40, 100.0 * unit::us);
    CHECK(step.dense_layers / unit::us == Approx(140.0));
    CHECK(step.head / unit::us == Approx(80.0));
    CHECK(step.total / unit::us == Approx(1000.0 + 140.0 + 80.0 + 350.0));
  }

  TEST_CASE("an efficiency of 75 % makes 1.5 ms two, and says what was lost") {
    Workload w = workload();
    w.figures.outside.efficiency = 0.75;
    const StepTimes step = step_times(w, 20, 100.0 * unit::us);
    CHECK(step.total / unit::ms == Approx(2.0));
    CHECK(step.lost / unit::ms == Approx(0.5));
    CHECK(step.tpot == step.total);
    CHECK(step.tokens_per_gpu_per_second == Approx(20 / 2e-3));
    CHECK((step.moe_layers + step.dense_layers + step.head + step.overhead + step.lost) /
              unit::ms ==
          Approx(2.0));
  }

  TEST_CASE("a drafted token costs a layer and a head, and leaves with its request") {
    // 40 tokens are 20 requests of 2: 11 layers 1100, dense 140, two heads 160, overhead 350 us
    // make 1750, at 70 % 2.5 ms. Each request leaves with 1.8 tokens: 1.389 ms a token, 36 in 2.5
    // ms.
    Workload w = workload();
    w.traffic.drafting = {.tokens = 1, .accepted = 0.8};
    w.figures.outside.efficiency = 0.7;
    const StepTimes step = step_times(w, 40, 100.0 * unit::us);
    CHECK(step.moe_layers / unit::us == Approx(1100.0));
    CHECK(step.head / unit::us == Approx(160.0));
    CHECK(step.total / unit::ms == Approx(2.5));
    CHECK(step.tpot / unit::ms == Approx(2.5 / 1.8));
    CHECK(step.tokens_per_gpu_per_second == Approx(14'400.0));
    CHECK(batch_text(w, {.tokens = 40, .requests = 20}) == "20 requests per rank");
    CHECK(step.tokens_per_gpu_per_second * step.tpot.base() == Approx(20.0));  // requests
    w.traffic.drafting.accepted = 0.0;                                         // drafted in vain
    CHECK(step_times(w, 40, 100.0 * unit::us).tpot / unit::ms == Approx(2.5));
    CHECK(step_times(w, 40, 100.0 * unit::us).tokens_per_gpu_per_second == Approx(8'000.0));
  }

  TEST_CASE("the first token waits for as many steps as its prompt needs") {
    Workload w = workload();
    w.traffic.phase = Phase::kPrefill;
    w.traffic.context = 1000;
    const auto steps = [&](double tokens) {
      const StepTimes step = step_times(w, tokens, 100.0 * unit::us);
      return *step.ttft / unit::s / (step.total / unit::s);
    };
    CHECK(steps(300) == Approx(4.0));  // 3.33
    CHECK(steps(500) == Approx(2.0));
    CHECK(steps(999) == Approx(2.0));
    CHECK(steps(1000) == Approx(1.0));
    CHECK(steps(4000) == Approx(1.0));  // four prompts at once
    w.traffic.context.reset();
    CHECK_FALSE(step_times(w, 300, unit::us).ttft);
    w.traffic.context = 1000;
    w.traffic.phase = Phase::kDecode;
    CHECK_FALSE(step_times(w, 300, unit::us).ttft);
  }

  TEST_CASE("the head of every token at decode, of one for each prompt at prefill") {
    Gpu gpu;
    gpu.hbm_bandwidth = 1000.0 * unit::GBps;
    gpu.hbm_efficiency = 0.5;
    gpu.bf16_rate = FlopPerSecond(100e12);
    gpu.decode = {.launch = unit::us, .projection_efficiency = 0.5, .context = {.efficiency = 1.0}};
    gpu.prefill = {
        .launch = unit::us, .projection_efficiency = 0.8, .context = {.efficiency = 1.0}};
    // 1000 x 50,000 in bf16: 100 MB at 0.5 TB/s = 200 us; 100 MFLOP at 50 TFLOP/s = 2 us a token.
    const DenseWork decode = head_work(1000, 50'000, gpu, {Phase::kDecode, 1000});
    CHECK(decode.fixed == Seconds(0.0));  // a launch is a layer's
    CHECK(decode.weight_read / unit::us == Approx(200.0));
    CHECK(decode.compute_per_token / unit::us == Approx(2.0));
    CHECK(decode.per_token == Seconds(0.0));
    CHECK(decode.time(300) / unit::us == Approx(600.0));
    // 100 MFLOP at 80 TFLOP/s = 1.25 us for one of 1000 tokens.
    const DenseWork prefill = head_work(1000, 50'000, gpu, {Phase::kPrefill, 1000});
    CHECK(prefill.weight_read / unit::us == Approx(200.0));
    CHECK(prefill.compute_per_token / unit::us == Approx(1.25e-3));
    CHECK(prefill.time(8'000) / unit::us == Approx(200.0));      // 8 prompts: 10 us, hidden
    CHECK(prefill.time(800'000) / unit::us == Approx(1'000.0));  // 800 prompts
  }

  TEST_CASE("the longest layer takes exactly the limit, and there is none without a limit") {
    Workload w = workload();
    CHECK_FALSE(longest_layer(w, 20));
    // 2 ms at 75 % are 1.5 ms: 1 ms for 10 layers.
    w.figures.outside.efficiency = 0.75;
    w.slo.tpot = 2.0 * unit::ms;
    CHECK(*longest_layer(w, 20) / unit::us == Approx(100.0));
    // 1.8 tokens in 2.5 / 1.8 ms each, at 70 %.
    w.figures.outside.efficiency = 0.7;
    w.traffic.drafting = {.tokens = 1, .accepted = 0.8};
    w.slo.tpot = 2.5 / 1.8 * unit::ms;
    CHECK(*longest_layer(w, 40) / unit::us == Approx(100.0));
    w.slo.tpot = 0.1 * unit::ms;  // overhead alone is longer
    CHECK(*longest_layer(w, 40) < Seconds(0.0));
  }

  TEST_CASE("the longest layer is the inverse of a step") {
    WorkloadDraw draw(kSeed + 1);
    CAPTURE(kSeed);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      Workload w = draw.workload();
      const int tokens = draw.whole(1, 20'000);
      const Seconds layer(draw.uniform(1e-6, 1e-2));
      w.slo.tpot = step_times(w, tokens, layer).tpot;
      const Seconds longest = *longest_layer(w, tokens);
      CHECK(longest.base() == Approx(layer.base()).epsilon(1e-6));  // what is small beside the rest
      CHECK(step_times(w, tokens, longest).tpot.base() ==
            Approx(w.slo.tpot->base()).epsilon(1e-12));
      constexpr double kBeyond = 1e-6;
      const auto limit_at = [&](double factor) {
        return step_limit(w, {}, step_times(w, tokens, factor * longest));
      };
      CHECK_FALSE(limit_at(1.0 - kBeyond));
      CHECK(limit_at(1.0 + kBeyond));
    }
  }

  TEST_CASE("more to do is never faster, and more efficiency or luck never slower") {
    WorkloadDraw draw(kSeed + 2);
    CAPTURE(kSeed);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const Workload w = draw.workload();
      const int tokens = draw.whole(1, 20'000);
      const Seconds layer = draw.time(1e-2);
      const StepTimes now = step_times(w, tokens, layer);
      CHECK(step_times(w, tokens, layer + unit::us).total > now.total);
      CHECK(step_times(w, tokens + 1, layer).total >= now.total);
      const auto changed = [&](const auto& change) {
        Workload other = w;
        change(other);
        return step_times(other, tokens, layer);
      };
      CHECK(changed([](Workload& o) {
              o.figures.outside.overhead = o.figures.outside.overhead + unit::us;
            }).tpot > now.tpot);
      CHECK(changed([](Workload& o) { ++o.model.moe_layers; }).tpot >= now.tpot);
      CHECK(changed([](Workload& o) { ++o.figures.outside.dense_layers; }).tpot >= now.tpot);
      CHECK(changed([](Workload& o) {
              o.figures.outside.head.weight_read = 2.0 * o.figures.outside.head.weight_read;
            }).tpot >= now.tpot);
      CHECK(changed([](Workload& o) { o.figures.outside.efficiency *= 0.9; }).tpot >= now.tpot);
      // A draft that is never accepted costs time and leaves no token.
      const StepTimes vain = changed([](Workload& o) { ++o.traffic.drafting.tokens; });
      CHECK(vain.tpot >= now.tpot);
      CHECK(vain.tokens_per_gpu_per_second <= now.tokens_per_gpu_per_second);
      const StepTimes lucky =
          changed([](Workload& o) { o.traffic.drafting.accepted = o.traffic.drafting.tokens; });
      CHECK(lucky.tpot <= now.tpot);
      CHECK(lucky.tokens_per_gpu_per_second >= now.tokens_per_gpu_per_second);
      CHECK(lucky.total == now.total);
    }
  }

  TEST_CASE("a step above slo.tpot says by how much") {
    Problem p;
    p.fabric.kernels.resize(1);
    p.workload = workload();
    const auto limit = [&](Seconds tpot) {
      StepTimes step;
      step.tpot = tpot;
      return step_limit(p.workload, {}, step);
    };
    CHECK_FALSE(limit(unit::s));
    p.workload.slo.tpot = 2.0 * unit::ms;
    CHECK_FALSE(limit(2.0 * unit::ms));
    const auto broken = limit(3.0 * unit::ms);
    REQUIRE(broken);
    CHECK(broken->kind == LimitKind::kTpot);
    CHECK(std::get<Seconds>(broken->asked) == 3.0 * unit::ms);
    CHECK(std::get<Seconds>(broken->allowed) == 2.0 * unit::ms);
    CHECK(words(p, broken)->rule == "tpot");
    CHECK(words(p, broken)->message == "a step takes 3 ms, and slo.tpot allows 2 ms");
    p.workload.traffic.drafting = {.tokens = 1, .accepted = 0.8};
    CHECK(words(p, broken)->message == "a token of a request takes 3 ms, and slo.tpot allows 2 ms");
  }
}

}  // namespace
}  // namespace wideep::step_test
