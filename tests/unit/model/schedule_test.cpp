#include "model/schedule.h"

#include <doctest/doctest.h>

#include "model/overlap.h"
#include "model/ways.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::schedule_test {
namespace {

using doctest::Approx;

/// What each half takes, whatever its tokens: prep 2, core 2, gate 1, shared experts 1, experts 4,
/// dispatch 6, combine 4 us.
LayerCosts costs(Schedule schedule, int layers) {
  LayerCosts costs{.dispatch = {.latency = 6.0 * unit::us, .per_token = {}},
                   .combine = {.latency = 4.0 * unit::us, .per_token = {}},
                   .expert = {.launch = 4.0 * unit::us},
                   .layers = layers,
                   .schedule = schedule};
  costs.dense.prep.fixed = 2.0 * unit::us;
  costs.dense.core.fixed = 2.0 * unit::us;
  costs.dense.gate.fixed = 1.0 * unit::us;
  costs.dense.shared.fixed = 1.0 * unit::us;
  return costs;
}

/// Of all layers, in us.
double halves(Schedule schedule, int layers) {
  return layers * (dbo_time(costs(schedule, layers), {50, 1}, {50, 1}) / unit::us);
}

double whole(const LayerCosts& costs) {
  return no_overlap_time(costs, 100) / unit::us;
}

TEST_SUITE("model/schedule") {
  TEST_CASE("two layers of two halves by hand, in the order of each engine") {
    // 5 + 2 (max(5, 6) + max(4, 6) + max(1 + 4, 4)) + max(1 + 5, 4) + max(1, 4)
    CHECK(halves(Schedule::kVllmLl, 2) == Approx(49.0));
    // 5 + 2 (6 + 6) + the longest of 4 + 4, 4 + 5, 4 + 4 and 4 + 1 + 1 + 5, and at the end of 4 + 4
    // and 4 + 1 + 1
    CHECK(halves(Schedule::kVllmHt, 2) == Approx(48.0));
    // 5 + 2 (max(1 + 2, 6) + 4 + max(3, 4) + 4) + max(1 + 2, 6) + max(3, 4) + max(1, 6) + 4
    CHECK(halves(Schedule::kSglangDecode, 2) == Approx(61.0));
    // 5 + max(5, 6) + 2 max(4, 6) + (4 + 1 + 5 + max(1 + 5, 6)) + (4 + 4)
    CHECK(halves(Schedule::kSglangPrefill, 2) == Approx(47.0));
  }

  TEST_CASE("one layer by hand: nothing reaches into another") {
    CHECK(halves(Schedule::kVllmLl, 1) == Approx(5 + 6 + 6 + 5 + 4));
    CHECK(halves(Schedule::kVllmHt, 1) == Approx(5 + 6 + 6 + 8));
    CHECK(halves(Schedule::kSglangDecode, 1) == Approx(5 + 6 + 4 + 4 + 4 + 6 + 4));
    CHECK(halves(Schedule::kSglangPrefill, 1) == Approx(5 + 6 + 6 + 8));
  }

  TEST_CASE("without overlap shared experts run beside combine, beside dispatch or alone") {
    LayerCosts beside = costs(Schedule::kVllmLl, 1);
    CHECK(whole(beside) == Approx(5 + 6 + 4 + 4));
    beside.dense.shared.fixed = 7.0 * unit::us;  // longer than either transfer
    for (const Schedule schedule : {Schedule::kVllmLl, Schedule::kVllmHt}) {
      beside.schedule = schedule;
      CHECK(whole(beside) == Approx(5 + 6 + 4 + 7));
    }
    for (const Schedule schedule :
         {Schedule::kSglangDecode, Schedule::kSglangPrefill, Schedule::kTrtllmDecode}) {
      beside.schedule = schedule;
      CHECK(whole(beside) == Approx(5 + 7 + 4 + 4));
    }
    beside.schedule = Schedule::kInOrder;
    CHECK(whole(beside) == Approx(5 + 7 + 6 + 4 + 4));
  }

  TEST_CASE("shared experts beside a transfer wait while it holds every SM") {
    LayerCosts beside = costs(Schedule::kSglangDecode, 1);
    beside.dispatch.sm_time = 5.5 * unit::us;
    CHECK(whole(beside) == Approx(5 + 6.5 + 4 + 4));
    beside.schedule = Schedule::kVllmLl;
    CHECK(whole(beside) == Approx(5 + 6 + 4 + 4));
    beside.dense.shared = {};
    beside.schedule = Schedule::kSglangDecode;
    CHECK(whole(beside) == Approx(5 + 6 + 4 + 4));
  }

  TEST_CASE("the time without overlap is that of the groups, on 5,000 random problems") {
    ProblemSource source(85, {.max_tokens = 4096, .max_width = 16, .machines = true});
    for (int at = 0; at < draws(5'000); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      Config config{.ep_width = problem.space.ep_widths.front()};
      const auto& sms = problem.fabric.kernels[0].sms;
      if (!sms.empty()) config.sms = sms.front();
      config.schedule = source.schedule(Overlap::kNone);
      const LayerCosts layer = layer_costs(problem, config);
      const double tokens = source.whole(1, 4096);
      const MicroBatches batch = {MicroBatch{tokens, 1.0}, MicroBatch{}};
      const Seconds grouped =
          groups_time(layer, durations_of(layer, batch, Overlap::kNone), Overlap::kNone);
      CHECK(no_overlap_time(layer, tokens).base() == Approx(grouped.base()).epsilon(1e-12));
    }
  }

  TEST_CASE("which schedules have which modes, and which kernels which schedules") {
    for (const auto& known : kScheduleWords) {
      const Schedule schedule = known.second;
      CAPTURE(known.first);
      const bool sbo =
          schedule == Schedule::kSglangSboSm90 || schedule == Schedule::kSglangSboSm100;
      CHECK(runs(schedule, Overlap::kNone) != sbo);
      CHECK(runs(schedule, Overlap::kChunk) != sbo);
      CHECK(runs(schedule, Overlap::kSbo) == sbo);
      CHECK(runs(schedule, Overlap::kFused) == (schedule == Schedule::kInOrder));
      const bool dbo =
          !sbo && schedule != Schedule::kTrtllmDecode && schedule != Schedule::kInOrder;
      CHECK(runs(schedule, Overlap::kDbo) == dbo);
    }
    Problem problem;
    problem.fabric.kernels.resize(1);
    Kernel& kernel = problem.fabric.kernels[0];
    SearchSpace& space = problem.space;
    const auto first = [&](Overlap overlap) {
      const auto way = first_way(problem, {.overlap = overlap, .tokens = 64});
      return way ? std::optional(way->schedule) : std::nullopt;
    };
    CHECK(first(Overlap::kDbo) == Schedule::kVllmHt);
    kernel.library = Library::kDeepEpLl;
    CHECK(first(Overlap::kDbo) == Schedule::kVllmLl);
    space.schedules = {Schedule::kVllmHt, Schedule::kSglangDecode, Schedule::kSglangPrefill};
    CHECK(schedules_of(problem, 0) == std::vector{Schedule::kSglangDecode});
    kernel.library = Library::kDeepEpHt;
    CHECK(schedules_of(problem, 0) == space.schedules);
    space.schedules = {Schedule::kTrtllmDecode};
    CHECK(first(Overlap::kNone) == Schedule::kTrtllmDecode);
    CHECK_FALSE(first(Overlap::kDbo));
  }

  TEST_CASE("where only runs are searched, a kernel has their ways, and those asked for of them") {
    Problem problem;
    problem.fabric.kernels.resize(2);
    SearchSpace& space = problem.space;
    space.only_runs = true;
    space.runs = {{.kernel = 1,
                   .overlap = Overlap::kDbo,
                   .schedule = Schedule::kSglangDecode,
                   .half_split = true},
                  {.kernel = 1, .schedule = Schedule::kInOrder, .fewest_tokens = 65},
                  {.kernel = 1, .schedule = Schedule::kTrtllmDecode, .most_tokens = 64}};
    CHECK(ways_of(problem, 0, Overlap::kNone).empty());
    CHECK(ways_of(problem, 1, Overlap::kDbo) == std::vector{space.runs[0]});
    CHECK(ways_of(problem, 1, Overlap::kNone) == std::vector{space.runs[2], space.runs[1]});
    const auto first = [&](int tokens) {
      return first_way(problem, {.kernel = 1, .tokens = tokens}).value().schedule;
    };
    CHECK(first(64) == Schedule::kTrtllmDecode);
    CHECK(first(65) == Schedule::kInOrder);
    CHECK(covers(space.runs[1], problem, {.kernel = 1, .tokens = 65}));
    CHECK_FALSE(covers(space.runs[1], problem, {.kernel = 1, .tokens = 64}));
    CHECK_FALSE(covers(space.runs[1], problem, {.kernel = 0, .tokens = 65}));
    // vLLM's dbo takes another time than SGLang's at decode, and without overlap the same here.
    space.schedules = {Schedule::kVllmLl};
    CHECK(ways_of(problem, 1, Overlap::kDbo).empty());
    CHECK(ways_of(problem, 1, Overlap::kNone).size() == 2);
    problem.workload.figures.dense.shared.fixed = unit::us;
    CHECK(ways_of(problem, 1, Overlap::kNone).empty());
  }

  TEST_CASE("schedules that are called equal take the same time, others not always") {
    ProblemSource source(86, {.max_tokens = 4096, .max_width = 16, .machines = true});
    int equal = 0;
    int different = 0;
    for (int at = 0; at < draws(5'000); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      const Overlap overlap = at % 2 == 0 ? Overlap::kNone : Overlap::kDbo;
      Config config{.ep_width = problem.space.ep_widths.back()};
      const auto& sms = problem.fabric.kernels[0].sms;
      if (!sms.empty()) config.sms = sms.front();
      const Schedule one = source.schedule(overlap);
      const Schedule other = source.schedule(overlap);
      const auto time = [&](Schedule schedule) {
        config.schedule = schedule;
        const LayerCosts layer = layer_costs(problem, config);
        return overlap == Overlap::kNone ? no_overlap_time(layer, 100)
                                         : dbo_time(layer, {30, 2}, {70, 3});
      };
      const double ratio = time(one) / time(other);
      if (are_equal(one, other, overlap, problem.workload.figures.dense)) {
        CHECK(ratio == Approx(1.0).epsilon(1e-12));
        ++equal;
      } else if (std::abs(ratio - 1.0) > 1e-6) {
        ++different;
      }
    }
    CHECK(equal > draws(1'000));
    CHECK(different > draws(1'000));
  }
}

}  // namespace
}  // namespace wideep::schedule_test
