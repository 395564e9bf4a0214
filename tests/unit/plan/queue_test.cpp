#include "plan/queue.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "simulate/serving.h"
#include "support/one_group_serving.h"
#include "support/optimized.h"
#include "support/random_serving.h"

namespace wideep::queue_test {
namespace {

using doctest::Approx;

double ttft_ms(const ServingSetting& setting, double rate) {
  return waiting_at_rate(setting, PerSecond(rate)).times.ttft.mean / unit::ms;
}

/// So many requests that means and percentiles are off by a few percent at most, where that is
/// checked.
int enough_requests(const ServingTimes& times) {
  constexpr double kFewest = kOptimized ? 15'000 : 3'000;
  constexpr double kOfIdle = kOptimized ? 5'000 : 1'000;
  const double idle = 1.0 - std::max(times.prefill_utilization, times.decode_utilization);
  return static_cast<int>(kFewest + kOfIdle / (idle * idle));
}

/// Errors in ascending order.
struct Errors {
  std::vector<double> values;
  void add(double estimated, double simulated) {
    values.push_back(std::abs(estimated / simulated - 1.0));
    std::inplace_merge(values.begin(), values.end() - 1, values.end());
  }
  [[nodiscard]] double at(double share) const {
    const auto count = static_cast<double>(values.size());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * count))];
  }
  [[nodiscard]] auto beyond(double limit) const {
    return values.end() - std::upper_bound(values.begin(), values.end(), limit);
  }
};

TEST_SUITE("plan/queue") {
  TEST_CASE("prompts of one step on one group wait as in M/D/1, exactly") {
    // rho 0.7: 0.7 / (2 0.3) 100 ms.
    const WaitingEstimate estimate = waiting_at_rate(one_group(), PerSecond(7.0));
    CHECK(estimate.times.waiting.mean / unit::ms == Approx(116.67).epsilon(1e-3));
    CHECK(estimate.times.prefill_utilization == Approx(0.7));
    CHECK(estimate.times.decode_utilization == Approx(7.0 * 0.02 / 1000));
  }

  TEST_CASE("slots alone: M/D/1, and two of them") {
    // Prefill in no time, slots of 20 ms. At 40/s and one slot 0.8 / (2 0.2) 20 ms = 40 ms; at 50/s
    // and two 0.1757 of 20 ms (erlang_test.cpp).
    ServingSetting setting = one_group();
    setting.step_per_token = ms(1e-9);
    setting.decode_slots = 1;
    CHECK(waiting_at_rate(setting, PerSecond(40.0)).times.slot_waiting.mean / unit::ms ==
          Approx(40.0).epsilon(1e-3));
    setting.decode_slots = 2;
    CHECK(waiting_at_rate(setting, PerSecond(50.0)).times.slot_waiting.mean / unit::ms ==
          Approx(0.1757 * 20.0).epsilon(2e-3));
  }

  TEST_CASE("without load nobody waits") {
    // 2,500 tokens: two steps of 110 ms and one of 60.
    ServingSetting setting = one_group();
    setting.prompts = {{2500.0, 1.0}};
    setting.step_fixed = ms(10);
    for (const int groups : {1, 8}) {
      setting.groups = groups;
      setting.prefill_instances = 9 - groups;
      const ServingTimes times = waiting_at_rate(setting, PerSecond(1e-6)).times;
      CHECK(times.waiting.mean < ms(1e-3));
      CHECK(times.slot_waiting.mean < ms(1e-3));
      CHECK(times.ttft.mean / unit::ms == Approx(280.0 + 7.0 + 2.0));
      CHECK(times.ttft.p95 / unit::ms == Approx(280.0 + 7.0 + 2.0).epsilon(0.003));
    }
  }

  TEST_CASE("what is in use all the time is said, and the wait before grows without bound") {
    ServingSetting setting = one_group();
    CHECK(largest_rate(setting) / PerSecond(10.0) == Approx(1.0));
    CHECK(*waiting_at_rate(setting, PerSecond(10.0)).overload == Overload::kPrefill);
    CHECK(ttft_ms(setting, 9.99) > 9.0 * ttft_ms(setting, 9.9));
    setting.decode_slots = 1;
    setting.tpot = ms(25);
    CHECK(largest_rate(setting) / PerSecond(4.0) == Approx(1.0));
    CHECK(*waiting_at_rate(setting, PerSecond(4.1)).overload == Overload::kDecode);
    CHECK(ttft_ms(setting, 3.996) > 8.0 * ttft_ms(setting, 3.96));
    CHECK(!waiting_at_rate(setting, PerSecond(3.9)).overload);
  }

  TEST_CASE("more requests never see a shorter TTFT") {
    ServingSource source(11);
    for (int at = 0; at < 200; ++at) {
      CAPTURE(at);
      const ServingCase drawn = source.next();
      const PerSecond most = largest_rate(drawn.setting);
      Seconds before;
      for (const double share : {0.05, 0.3, 0.6, 0.8, 0.9, 0.97}) {
        CAPTURE(share);
        const Seconds now = waiting_at_rate(drawn.setting, share * most).times.ttft.mean;
        CHECK(now >= 0.99 * before);
        before = now;
      }
    }
  }

  TEST_CASE("at a fixed concurrency: alone nobody waits, many are as fast as what is fullest") {
    // 109 ms, then 199 tokens of 2 ms: 507 ms. At 10 requests/s prefill is full; 1,000 requests
    // then take 100 s, of which they wait all but 507 ms.
    ServingSetting setting = one_group();
    setting.output_tokens = 200.0;
    const ServingTimes alone = waiting_at_concurrency(setting, 1.0).times;
    CHECK(alone.rate / PerSecond(1.0 / 0.507) == Approx(1.0).epsilon(1e-3));
    CHECK(alone.ttft.p95 / unit::ms == Approx(109.0).epsilon(0.003));
    const ServingTimes many = waiting_at_concurrency(setting, 1000.0).times;
    CHECK(many.rate / PerSecond(10.0) == Approx(1.0).epsilon(0.01));
    CHECK(many.waiting.mean.base() == Approx(100.0 - 0.507).epsilon(0.01));
  }

  TEST_CASE("at a fixed concurrency the rate is near the simulated one") {
    constexpr int kDraws = kOptimized ? 60 : 4;
    constexpr unsigned kSeed = 5;
    ServingSource source(kSeed);
    Errors rates;
    for (int at = 0; at < kDraws; ++at) {
      const ServingCase drawn = source.next();
      const ServingTimes open = waiting_at_rate(drawn.setting, drawn.rate).times;
      const Seconds cycle = open.ttft.mean + slot_hold(drawn.setting);
      const int concurrency = std::clamp(static_cast<int>(drawn.rate * cycle), 1, 2000);
      const ServingTimes times = waiting_at_concurrency(drawn.setting, concurrency).times;
      const Seconds closed =
          times.ttft.mean + (drawn.setting.output_tokens - 1.0) * drawn.setting.tpot;
      CHECK(times.rate * closed == Approx(concurrency).epsilon(1e-3));
      const int requests = std::min(100'000, enough_requests(open));
      rates.add(times.rate.base(),
                simulate_closed(drawn.setting, concurrency, {.requests = requests}).rate.base());
    }
    MESSAGE("seed " << kSeed << ": rate off by " << rates.at(0.5) << " median, " << rates.at(0.9)
                    << " 90 %, " << rates.at(1.0) << " worst");
    if (kOptimized) CHECK(rates.at(0.9) < 0.1);
  }

  TEST_CASE("TTFT is near the simulated one in 200 random deployments") {
    constexpr int kDraws = kOptimized ? 200 : 20;
    constexpr unsigned kSeed = 42;
    ServingSource source(kSeed);
    Errors means;
    Errors percentiles;
    int doubtful = 0;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const ServingCase drawn = source.next();
      const WaitingEstimate estimate = waiting_at_rate(drawn.setting, drawn.rate);
      REQUIRE(!estimate.overload);
      if (estimate.doubt) {
        ++doubtful;
        continue;
      }
      const ServingTimes simulated = simulate_open(
          drawn.setting,
          drawn.rate,
          {.seed = kSeed + static_cast<unsigned>(at), .requests = enough_requests(estimate.times)});
      means.add(estimate.times.ttft.mean.base(), simulated.ttft.mean.base());
      percentiles.add(estimate.times.ttft.p95.base(), simulated.ttft.p95.base());
    }
    for (const Errors* errors : {&means, &percentiles}) {
      const std::string which = errors == &means ? "mean" : "p95";
      MESSAGE("seed " << kSeed << ": " << which << " off by " << errors->at(0.5) << " median, "
                      << errors->at(0.9) << " 90 %, " << errors->at(1.0) << " worst of "
                      << errors->values.size() << ", "
                      << errors->beyond(errors == &means ? 0.1 : 0.2) << " beyond");
    }
    if (!kOptimized) return;
    CHECK(doubtful <= 0.1 * kDraws);
    CHECK(means.beyond(0.1) <= 0.03 * kDraws);
    CHECK(percentiles.beyond(0.2) <= 0.03 * kDraws);
    CHECK(means.at(1.0) < 0.3);
    CHECK(percentiles.at(1.0) < 0.45);
  }
}

}  // namespace
}  // namespace wideep::queue_test
