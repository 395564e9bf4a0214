#include "simulate/serving.h"

#include <cmath>

#include <doctest/doctest.h>

#include "support/one_group_serving.h"
#include "support/optimized.h"

namespace wideep::simulate_serving_test {
namespace {

using doctest::Approx;

constexpr int kRequests = kOptimized ? 400'000 : 20'000;
/// Of means and percentiles of so many requests.
constexpr double kNoise = kOptimized ? 0.03 : 0.15;

TEST_SUITE("simulate/serving") {
  TEST_CASE("a request that is alone, by hand") {
    // 2,500 tokens: two steps of 100 ms and one of 50; with 10 ms more each: 110 + 110 + 60 = 280.
    ServingSetting setting = one_group();
    setting.prompts = {{2500.0, 1.0}};
    setting.step_fixed = ms(10);
    setting.groups = 4;
    setting.prefill_instances = 2;
    const ServingTimes times = simulate_open(setting, PerSecond(1e-4), {.requests = 100});
    CHECK(times.waiting.mean / unit::ms == Approx(0.0));
    CHECK(times.prefill.mean / unit::ms == Approx(280.0));
    CHECK(times.slot_waiting.p95 / unit::ms == Approx(0.0).epsilon(1e-6));
    CHECK(times.ttft.p95 / unit::ms == Approx(280.0 + 7.0 + 2.0));
  }

  TEST_CASE("prompts of one step on one group wait as in M/D/1") {
    // rho 0.7: 0.7 / (2 0.3) 100 ms = 116.7 ms. Prompts are never cut: 100 ms each.
    const ServingTimes times = simulate_open(one_group(), PerSecond(7.0), {.requests = kRequests});
    CHECK(times.waiting.mean / unit::ms == Approx(116.7).epsilon(kNoise));
    CHECK(times.prefill.p95 / unit::ms == Approx(100.0));
    CHECK(times.prefill_utilization == Approx(0.7).epsilon(kNoise));
  }

  TEST_CASE("prompts of an exponential law on one group wait as in M/M/1") {
    // rho 0.5: a wait of 100 ms before a service of 100 ms on average. Its 100 quantiles have a
    // mean square of 1.93 in place of 2. Steps of 20 tokens, so that it hardly matters where they
    // begin.
    ServingSetting setting = one_group();
    setting.step_tokens = 20.0;
    setting.prompts.clear();
    double mean = 0.0;
    double square = 0.0;
    for (int i = 0; i < 100; ++i) {
      const double tokens = -1000.0 * std::log((i + 0.5) / 100.0);
      setting.prompts.push_back({tokens, 1.0});
      mean += tokens / 100.0;
      square += tokens * tokens / 100.0;
    }
    const double service = mean * 0.1;  // ms
    const ServingTimes times =
        simulate_open(setting, PerSecond(500.0 / service), {.requests = kRequests / 4});
    // Pollaczek-Khinchine: rho E[S^2] / (2 E[S] (1 - rho)); a step is begun with those before it.
    const double wait = 0.5 * square / mean * 0.1 / (2.0 * 0.5);
    CHECK(wait == Approx(100.0).epsilon(0.05));
    CHECK((times.waiting.mean + times.prefill.mean) / unit::ms ==
          Approx(wait + service).epsilon(2.0 * kNoise));
  }

  TEST_CASE("requests wait for slots as in M/D/1, as many as there are") {
    // Prefill in no time; a slot of 20 ms at 40 requests/s: rho 0.8, 0.8 / (2 0.2) 20 = 40 ms. The
    // 95th percentile of an exponential tail with that mean and P(wait) 0.8: 40 / 0.8 ln(0.8 /
    // 0.05) = 139 ms.
    ServingSetting setting = one_group();
    setting.step_per_token = ms(1e-9);
    setting.decode_slots = 1;
    const ServingTimes times = simulate_open(setting, PerSecond(40.0), {.requests = kRequests});
    CHECK(times.slot_waiting.mean / unit::ms == Approx(40.0).epsilon(2.0 * kNoise));
    CHECK(times.slot_waiting.p95 / unit::ms == Approx(139.0).epsilon(0.1 + kNoise));
    CHECK(times.decode_utilization == Approx(0.8).epsilon(kNoise));
  }

  TEST_CASE("groups of an instance step together, those of several do not") {
    // A long prompt takes 20 steps of 100 ms; for a fifth of the time one is there, and in the same
    // instance a short prompt then takes 100 ms in place of 1.
    ServingSetting together = one_group();
    together.prompts = {{10.0, 0.95}, {20'000.0, 0.05}};
    together.groups = 2;
    ServingSetting apart = together;
    apart.groups = 1;
    apart.prefill_instances = 2;
    const ServingRun run{.requests = kRequests / 10};
    const PerSecond rate(2.0);
    CHECK(simulate_open(together, rate, run).prefill.mean >
          1.1 * simulate_open(apart, rate, run).prefill.mean);
  }

  TEST_CASE("the same seed gives the same times, another one others") {
    const ServingRun run{.seed = 5, .requests = 1000};
    const ServingTimes once = simulate_open(one_group(), PerSecond(5.0), run);
    CHECK(once.ttft.mean == simulate_open(one_group(), PerSecond(5.0), run).ttft.mean);
    CHECK(once.ttft.mean !=
          simulate_open(one_group(), PerSecond(5.0), {.seed = 6, .requests = 1000}).ttft.mean);
    CHECK(once.ttft.mean / unit::ms == Approx(154.984).epsilon(1e-5));  // on every platform
  }

  TEST_CASE("at a fixed concurrency Little's law holds, and one request alone never waits") {
    ServingSetting setting = one_group();
    for (const int concurrency : {1, 3, 40}) {
      CAPTURE(concurrency);
      setting.decode_slots = concurrency == 40 ? 5 : 1000;
      setting.output_tokens = 200.0;
      const ServingTimes times =
          simulate_closed(setting, concurrency, {.requests = kRequests / 10});
      const Seconds cycle = times.ttft.mean + 199.0 * setting.tpot;
      CHECK(times.rate * cycle == Approx(concurrency).epsilon(0.01));
      if (concurrency == 1) CHECK(times.ttft.p95 / unit::ms == Approx(109.0));
    }
  }
}

}  // namespace
}  // namespace wideep::simulate_serving_test
