// The plan against an enumeration of step sizes, batches and counts.
#include "plan/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "engines/runs.h"
#include "model/figures.h"
#include "model/what_fits.h"
#include "plan/pricing.h"
#include "search/optimize.h"
#include "support/draw.h"
#include "support/optimized.h"
#include "support/preset_problem.h"

namespace wideep::plan_test {
namespace {

using doctest::Approx;
using Role = InstanceRole;

constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr int kMostCount = kMostInRatio;  // of instances of a role that are enumerated

/// DeepSeek-V3 with requests of these lengths, on instances of 8 or 16 GPUs.
PlanQuestion question(const std::string& fabric, double input, double output) {
  PlanQuestion question;
  question.lengths.all = {{.input_tokens = input, .output_tokens = output}};
  const std::string search = "search={ep_width: [8, 16], overlap: [none, dbo], split: half}";
  const auto context = [](double tokens) {
    return "context=" + std::to_string(static_cast<int>(std::ceil(tokens)));
  };
  const std::string batch = "tokens_per_rank={min: 1, max: 24}";
  const std::string load = "expert_load=T*k";
  question.decode =
      deepseek_on(fabric, {search, batch, load, context(decode_context(question.lengths))});
  question.prefill = deepseek_on(fabric,
                                 {search,
                                  "tokens_per_rank={min: 512, max: 2048}",
                                  load,
                                  "phase=prefill",
                                  context(prompt_context(question.lengths))});
  question.roles = Roles::kDisaggregated;
  return question;
}

/// Every instance of decode: the best of each width and batch.
std::vector<InstancePointer> every_decode(const PlanQuestion& asked) {
  std::vector<InstancePointer> all;
  for (const int width : asked.decode.space.ep_widths) {
    Problem part = asked.decode;
    part.workload.slo.tpot = asked.level.tpot;
    part.space.ep_widths = {width};
    part.space.objective = kTokensPerGpu;
    part = with_engines(std::move(part));
    const TokenRange range = *part.workload.traffic.choice;
    part.workload.traffic.choice.reset();
    for (int batch = *range.least; batch <= range.most; ++batch) {
      part.workload.traffic.tokens = TokensPerRank{batch, ExpertLoad::kPerRank, true};
      const auto found = optimize(part, Solver::kExhaustive).best_run;
      if (!found) continue;
      Instance instance;
      instance.problem = std::make_shared<Problem>(part);
      instance.prediction = *found;
      instance.step = found->step.total;
      instance.tpot = found->step.tpot;
      instance.slots = width * batch;
      instance.rate =
          PerSecond(width * found->step.tokens_per_gpu_per_second / mean_output(asked.lengths));
      all.push_back(std::make_shared<Instance>(instance));
    }
  }
  return all;
}

bool is_within(const PlanQuestion& asked, const Plan& plan, const WaitingEstimate& waiting) {
  if (waiting.overload) return false;
  const auto& concurrency = asked.demand.concurrency;
  const int slots = plan.decode.count * plan.decode.instance->slots;
  if (concurrency && slots < *concurrency) return false;
  const ServingTimes& times = waiting.times;
  constexpr double kSlack = 1.0 + 1e-9;
  return times.prefill_utilization <= asked.max_utilisation * kSlack &&
         (concurrency || times.decode_utilization <= asked.max_utilisation * kSlack) &&
         (!asked.level.ttft || times.ttft.mean <= *asked.level.ttft);
}

bool holds(const PlanQuestion& asked, const Plan& plan, PerSecond rate) {
  return is_within(asked, plan, waiting_at_rate(setting_of(asked, plan), rate));
}

bool holds_in_flight(const PlanQuestion& asked, const Plan& plan) {
  const double concurrency = *asked.demand.concurrency;
  return is_within(asked, plan, waiting_at_concurrency(setting_of(asked, plan), concurrency));
}

/// The highest rate that the plan holds, by halving; 0: none.
double highest(const PlanQuestion& asked, const Plan& plan) {
  double low = 0.0;
  double high = 2.0 * most_rate(asked, plan).base();
  while (high - low > 1e-7 * high) {
    const double middle = 0.5 * (low + high);
    (holds(asked, plan, PerSecond(middle)) ? low : high) = middle;
    if (high < 1e-6) return 0.0;
  }
  return low;
}

/// The cost of a plan, unless that is no less than `least`.
double cost_of(const PlanQuestion& asked, const Plan& plan, double least) {
  const auto& [rate, concurrency, most_gpus] = asked.demand;
  const double gpus = plan.gpus();
  if (most_gpus && gpus > *most_gpus) return kNone;
  if (rate || concurrency) {
    if (gpus >= least) return kNone;
    const bool held = rate ? holds(asked, plan, *rate) : holds_in_flight(asked, plan);
    if (!held) return kNone;
    return gpus;
  }
  const double share = most_gpus ? 1.0 : gpus;
  if (share / most_rate(asked, plan).base() >= least) return kNone;
  const double highest_rate = highest(asked, plan);
  return highest_rate > 0.0 ? share / highest_rate : kNone;
}

/// The least cost over all pairs of instances, or aggregated ones, and counts.
double enumerated(const PlanQuestion& asked) {
  double least = kNone;
  const auto look_at = [&](const InstancePointer& prefill,
                           const InstancePointer& decode,
                           int prefills,
                           int decodes) {
    Plan plan;
    if (prefill) plan.prefill = RolePlan{prefill, prefills};
    plan.decode = RolePlan{decode, decodes};
    plan.output_tokens = mean_output(asked.lengths);
    least = std::min(least, cost_of(asked, plan, least));
  };
  if (asked.roles == Roles::kAggregated) {
    InstanceSearch mixed(asked, Role::kMixed, asked.level.tpot);
    for (const int width : asked.decode.space.ep_widths) {
      for (const InstancePointer& most : mixed.of(width)) {
        std::vector<InstancePointer> each = {most};
        const int largest = asked.level.ttft ? most->tokens_per_rank() : 0;
        for (double tokens = 1.0; tokens < largest; tokens *= std::exp2(0.25)) {
          each.push_back(mixed.with_tokens(*most, static_cast<int>(std::lround(tokens))));
        }
        for (const InstancePointer& one : each) {
          if (!one) continue;
          for (int count = 1; count <= kMostCount; ++count) look_at(nullptr, one, 0, count);
        }
      }
    }
    return least;
  }
  InstanceSearch prefill(asked, Role::kPrefill, {});
  for (const InstancePointer& decode : every_decode(asked)) {
    for (const int width : asked.prefill.space.ep_widths) {
      for (const InstancePointer& each : prefill.of(width)) {
        for (int prefills = 1; prefills <= kMostCount; ++prefills) {
          for (int decodes = 1; decodes <= kMostCount; ++decodes) {
            look_at(each, decode, prefills, decodes);
          }
        }
      }
    }
  }
  return least;
}

/// Limits that mostly bind.
void bind(PlanQuestion& asked, Draw& draw) {
  asked.level.tpot = draw.uniform(30.0, 120.0) * unit::ms;
  if (draw.whole(0, 3) > 0) asked.level.ttft = draw.uniform(0.3, 3.0) * Seconds(1.0);
  if (draw.whole(0, 5) == 0) asked.roles = Roles::kAggregated;
  const int kind = draw.whole(0, 9);
  if (kind < 3) {
    asked.demand.gpus = 8 * draw.whole(2, 12);
  } else if (kind < 9) {
    asked.demand.rate = PerSecond(std::exp(draw.uniform(std::log(0.2), std::log(6.0))));
  }
  asked.max_utilisation = draw.uniform(0.6, 0.95);
}

TEST_SUITE("plan/plan") {
  TEST_CASE("means of lengths, by hand") {
    const RequestLengths lengths{.all = {{1000.0, 100.0, 3.0}, {3000.0, 300.0, 1.0}},
                                 .cached_share = 0.5};
    CHECK(mean_input(lengths) == Approx(1500.0));
    CHECK(mean_output(lengths) == Approx(150.0));
    CHECK(mean_computed(lengths) == Approx(750.0));
    // A token of a prompt is of the long one in half of the cases: 3 x 1000 of 6000.
    CHECK(prompt_context(lengths) == Approx(2000.0));
    // Steps: 300 with 1,050 tokens on average, 300 with 3,150.
    CHECK(decode_context(lengths) == Approx(2100.0));
    CHECK(prompt_share(lengths, 250.0) == Approx(0.75));
  }

  TEST_CASE("lengths of prompts are told in 16 parts of the same mean") {
    RequestLengths lengths;
    lengths.all.clear();
    for (int at = 1; at <= 1000; ++at) {
      lengths.all.push_back({.input_tokens = 10.0 * at, .output_tokens = 5.0, .weight = 1.0});
    }
    const std::vector<PromptLength> parts = prompt_lengths(lengths);
    CHECK(parts.size() == 16);
    double sum = 0.0;
    double weights = 0.0;
    for (const PromptLength& part : parts) {
      sum += part.weight * part.tokens;
      weights += part.weight;
    }
    CHECK(weights == Approx(1000.0));
    CHECK(sum / weights == Approx(mean_input(lengths)));
  }

  TEST_CASE("a plan is the best of all step sizes, batches and counts, on 500 random questions") {
    constexpr unsigned kSeed = 162'001;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    int found = 0;
    int bound_by_ttft = 0;
    constexpr int kDraws = kOptimized ? 500 : 10;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const char* const fabric = draw.whole(0, 1) == 0 ? "gb200-nvl72" : "h200-ib400";
      PlanQuestion asked =
          question(fabric, draw.uniform(200.0, 6000.0), draw.uniform(50.0, 1500.0));
      bind(asked, draw);
      const PlanResult result = best_plan(asked);
      const double least = enumerated(asked);
      const bool beyond = result.best && result.best->instances() > kMostCount;
      if (beyond) continue;
      REQUIRE(result.best.has_value() == (least < kNone));
      if (!result.best) continue;
      ++found;
      CHECK(result.best->cost == Approx(least).epsilon(1e-5));
      PlanQuestion open = asked;
      open.level.ttft.reset();
      if (asked.level.ttft && best_plan(open).best->cost < result.best->cost * 0.999) {
        ++bound_by_ttft;
      }
    }
    CHECK(found > kDraws / 2);
    // Few draws may hold none.
    if (kOptimized) CHECK(bound_by_ttft > kDraws / 50);
  }

  TEST_CASE("instances of both roles: a looser TPOT does not lose what a tighter one holds") {
    PlanQuestion asked = question("gb200-nvl72", 4096.0, 1024.0);
    asked.decode.workload.traffic.choice->most = 4096;
    asked.roles = Roles::kAggregated;
    asked.demand.rate = PerSecond(50.0);
    asked.level.ttft = Seconds(0.6);
    // Steps of octaves in quarters: so much of a batch may be missed.
    const double rounding = std::exp2(0.25);
    double tighter = kNone;
    int held = 0;
    for (const double tpot : {40.0, 60.0, 80.0, 100.0, 150.0, 200.0, 400.0}) {
      CAPTURE(tpot);
      asked.level.tpot = tpot * unit::ms;
      const auto best = best_plan(asked).best;
      if (tighter < kNone) REQUIRE(best.has_value());
      if (!best) continue;
      CHECK(best->cost <= tighter * rounding);
      tighter = std::min(tighter, best->cost);
      ++held;
    }
    CHECK(held > 4);
  }

  TEST_CASE("the same of requests in flight, on 40 random questions") {
    constexpr unsigned kSeed = 162'002;
    CAPTURE(kSeed);
    Draw draw(kSeed);
    int found = 0;
    constexpr int kDraws = draws(40);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      PlanQuestion asked =
          question("gb200-nvl72", draw.uniform(200.0, 6000.0), draw.uniform(50.0, 1500.0));
      asked.decode.workload.traffic.choice->most = 6;
      asked.prefill.workload.traffic.choice->least = 1024;
      bind(asked, draw);
      asked.roles = Roles::kDisaggregated;
      asked.demand = {.rate = {}, .concurrency = draw.whole(10, 500), .gpus = {}};
      const PlanResult result = best_plan(asked);
      const bool beyond = result.best && result.best->instances() > kMostCount;
      if (beyond) continue;
      const double least = enumerated(asked);
      REQUIRE(result.best.has_value() == (least < kNone));
      if (!result.best) continue;
      ++found;
      CHECK(result.best->cost == least);
    }
    CHECK(found > kDraws / 3);
  }

  TEST_CASE("more traffic, less time and slower steps never take fewer GPUs") {
    PlanQuestion asked = question("gb200-nvl72", 4000.0, 500.0);
    asked.level.tpot = 60.0 * unit::ms;
    asked.level.ttft = Seconds(2.0);
    asked.demand.rate = PerSecond(4.0);
    const double cost = best_plan(asked).best->cost;
    const auto with = [&](const auto& change) {
      PlanQuestion other = asked;
      change(other);
      const auto best = best_plan(other).best;
      return best ? best->cost : kNone;
    };
    CHECK(with([](PlanQuestion& other) { other.demand.rate = PerSecond(40.0); }) > cost);
    CHECK(with([](PlanQuestion& other) { other.slower = 1.5; }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.level.ttft = Seconds(0.5); }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.lengths.cached_share = 0.5; }) <= cost);
    CHECK(with([](PlanQuestion& other) { other.max_utilisation = 0.5; }) >= cost);
    CHECK(with([](PlanQuestion& other) { other.level.ttft = Seconds(0.001); }) == kNone);
    CHECK(with([](PlanQuestion& other) { other.demand.gpus = 8; }) == kNone);
  }

  TEST_CASE("a share of prompts in decode steps costs what prompts cost") {
    PlanQuestion asked = question("gb200-nvl72", 4000.0, 500.0);
    Problem problem = asked.decode;
    const auto core_per_token = [](const Problem& of) {
      return figures_of(of.workload, of.fabric).dense.core.per_token;
    };
    const Seconds decode = core_per_token(problem);
    const Seconds prompts = core_per_token(asked.prefill);
    problem.workload.traffic.prompts =
        ChunkedPrompts{.share = 0.25, .context = 4000, .cached_tokens = 0};
    CHECK(core_per_token(problem).base() == Approx(0.75 * decode.base() + 0.25 * prompts.base()));
    problem.workload.traffic.prompts->share = 0.0;
    CHECK(core_per_token(problem).base() == Approx(decode.base()));
    // The second half of a prompt attends to three quarters of it on average, not to one half.
    Problem half = asked.prefill;
    half.workload.traffic.cached_tokens = 2000;
    CHECK(core_per_token(half) / prompts == Approx(1.5).epsilon(0.02));
  }
}

}  // namespace
}  // namespace wideep::plan_test
