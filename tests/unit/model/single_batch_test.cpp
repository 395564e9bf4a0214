#include <doctest/doctest.h>

#include "model/overlap.h"
#include "model/ways.h"
#include "search/optimize.h"
#include "simulate/tasks.h"

namespace wideep::single_batch_test {
namespace {

using doctest::Approx;

constexpr Seconds us(double value) {
  return value * unit::us;
}

/// Of 10 tokens: attention 10 us, dispatch 5 + 10 x 1, experts 4 + 10 x 6 of which 30 us the down
/// projection's, combine 5 + 10 x 2, shared experts 8. Four experts on the rank.
LayerCosts costs(Schedule schedule) {
  LayerCosts costs{
      .dispatch = {us(5), us(1)},
      .combine = {us(5), us(2)},
      .expert = {.launch = us(4), .per_token = us(6)},
      .dense = {
          .prep = {}, .core = {us(10), {}, {}, {}}, .gate = {}, .shared = {us(8), {}, {}, {}}}};
  costs.schedule = schedule;
  costs.down = {.share = 0.5, .signals_on_sm100 = true, .experts = 4, .gpu_sms = 0};
  return costs;
}

double time(const LayerCosts& costs, Overlap overlap = Overlap::kSbo) {
  const Config config{.overlap = overlap, .tokens = 10, .schedule = costs.schedule};
  return layer_time(costs, config, Timing::kSchedule) / unit::us;
}

TEST_SUITE("model/single batch") {
  TEST_CASE("the time by hand") {
    // Hopper: 10, max(8, 15), 34, then the flow shop of four: max(7.5 + 25, 30 + 5 + 5).
    CHECK(time(costs(Schedule::kSglangSboSm90)) == Approx(10 + 15 + 34 + 40));
    // Blackwell: 10, 15, 34, and beside combine the shared experts too: max(40, 30 + 8).
    CHECK(time(costs(Schedule::kSglangSboSm100)) == Approx(10 + 15 + 34 + 40));
    // With longer ones they count there, and not on Hopper while dispatch takes longer.
    LayerCosts shared = costs(Schedule::kSglangSboSm100);
    shared.dense.shared.fixed = us(14);
    CHECK(time(shared) == Approx(10 + 15 + 34 + 44));
    shared.schedule = Schedule::kSglangSboSm90;
    CHECK(time(shared) == Approx(10 + 15 + 34 + 40));
    // Combine keeps 3 of 12 SMs on Hopper: 30 becomes 40; 32 of 96 on Blackwell: 30 becomes 45, and
    // shared experts 12.
    LayerCosts held = costs(Schedule::kSglangSboSm90);
    held.down.gpu_sms = 12;
    CHECK(time(held) == Approx(10 + 15 + 34 + 40 + 10));
    held.schedule = Schedule::kSglangSboSm100;
    held.down.gpu_sms = 96;
    CHECK(time(held) == Approx(10 + 15 + 34 + 45 + 12));
    // A long combine hides all but the first expert of the GEMM.
    LayerCosts slow = costs(Schedule::kSglangSboSm90);
    slow.combine.per_token = us(20);
    CHECK(time(slow) == Approx(10 + 15 + 34 + 7.5 + 205));
  }

  TEST_CASE("neutral: one expert and no SMs, or nothing signalled, is no overlap") {
    LayerCosts one = costs(Schedule::kSglangSboSm90);
    one.down.experts = 1;
    const double none = time(one, Overlap::kNone);
    CHECK(none == Approx(10 + 15 + 64 + 25));
    CHECK(time(one) == none);
    // On Blackwell, which has shared experts beside combine: none in the order of vLLM.
    LayerCosts silent = costs(Schedule::kSglangSboSm100);
    silent.down.signals_on_sm100 = false;
    LayerCosts vllm = silent;
    vllm.schedule = Schedule::kVllmLl;
    CHECK(time(silent) == time(vllm, Overlap::kNone));
    silent.schedule = Schedule::kSglangSboSm90;  // there each GEMM signals
    CHECK(time(silent) < none);
  }

  TEST_CASE("more experts on the rank, or fewer SMs for combine, never make it slower") {
    for (const Schedule schedule : {Schedule::kSglangSboSm90, Schedule::kSglangSboSm100}) {
      LayerCosts here = costs(schedule);
      double before = 1e9;
      for (const int experts : {1, 2, 4, 8, 64}) {
        here.down.experts = experts;
        CHECK(time(here) <= before);
        before = time(here);
      }
      here.down.gpu_sms = 132;
      CHECK(time(here) > before);
    }
  }

  TEST_CASE("it goes with LL, in the order of the GPU's architecture where that is known") {
    Problem problem;
    problem.fabric.kernels.resize(2);
    problem.fabric.kernels[0].library = Library::kDeepEpLl;
    problem.fabric.kernels[1].library = Library::kDeepEpHt;
    const auto order = [&](std::size_t kernel) {
      const auto way =
          first_way(problem, {.kernel = kernel, .overlap = Overlap::kSbo, .tokens = 8});
      return way ? std::optional(way->schedule) : std::nullopt;
    };
    CHECK_FALSE(order(0));
    problem.fabric.gpu = Gpu{};
    problem.fabric.gpu->architecture = Architecture::kSm90;
    CHECK(order(0) == Schedule::kSglangSboSm90);
    CHECK_FALSE(order(1));
    problem.fabric.gpu->architecture = Architecture::kSm103;
    CHECK(order(0) == Schedule::kSglangSboSm100);
    problem.space.schedules = {Schedule::kSglangSboSm90};
    CHECK_FALSE(order(0));
    problem.fabric.gpu->architecture.reset();
    CHECK(order(0) == Schedule::kSglangSboSm90);
  }
}

}  // namespace
}  // namespace wideep::single_batch_test
