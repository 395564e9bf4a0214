#include "plan/plan_sensitivity.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "input/axis.h"
#include "input/read_plan.h"
#include "plan/kept_plan.h"
#include "support/optimized.h"

namespace wideep::plan_sensitivity_test {
namespace {

using Set = std::vector<std::string>;

ProblemFiles files_with(Set set) {
  set.insert(set.begin(),
             {"search.ep_width=[4, 8, 16]", "search.overlap=none", "search.experts=ep"});
  return {.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-r1-plan-gb200-nvl72.yaml",
          .fabric = {},
          .search = {},
          .set = std::move(set)};
}

Set with(Set set, const std::string& one) {
  set.push_back(one);
  return set;
}

/// Of a rate, of requests in flight, of given GPUs, of neither, and of one kind of instance.
const std::vector<Set>& questions() {
  static const std::vector<Set> all = {{},
                                       {"traffic.rate=null", "traffic.concurrency=1000"},
                                       {"traffic.rate=null", "gpus=72"},
                                       {"traffic.rate=null"},
                                       {"roles=aggregated", "slo.tpot=80ms"}};
  return all;
}

std::vector<UncertainInput> inputs_of(const ReadAgain& read, const std::vector<std::string>& keys) {
  std::vector<UncertainInput> inputs = uncertain_inputs(read, {});
  std::erase_if(inputs, [&](const UncertainInput& input) {
    return std::find(keys.begin(), keys.end(), input.key.key) == keys.end();
  });
  return inputs;
}

/// `KEY=VALUE` of an input with a factor.
std::string set_at(const UncertainInput& input, const std::string& value, double factor) {
  const auto number = number_and_unit(value);
  return input.key.key + "=" + axis_number(number->number * factor) + std::string(number->unit);
}

/// Whether the plan holds, and no other is better, where the input is set so by `--set`.
bool is_best_at(const Set& set, const Plan& plan) {
  const PlanQuestion question = read_plan(files_with(set));
  const auto kept = kept_plan(question, plan);
  const auto best = best_plan(question).best;
  return kept && best && kept->cost <= best->cost * (1.0 + 1.001 * kPlanAlike);
}

TEST_SUITE("plan/plan_sensitivity") {
  TEST_CASE("under its own question a plan is kept as it is") {
    for (const Set& set : questions()) {
      const PlanQuestion question = read_plan(files_with(set));
      const auto plan = best_plan(question).best;
      REQUIRE(plan);
      const auto kept = kept_plan(question, *plan);
      REQUIRE(kept);
      CHECK(same_plan(*kept, *plan));
      CHECK(kept->cost == doctest::Approx(plan->cost).epsilon(1e-5));
      CHECK_FALSE(is_beaten(question, plan->cost * (1.0 - 1e-5)));
      CHECK(is_beaten(question, plan->cost * 1.01));
    }
  }

  TEST_CASE("a plan flips where the whole search run again says so") {
    int flips = 0;
    for (const Set& set : questions()) {
      if (!kOptimized && flips > 0) break;
      const ReadAgain read = read_plan_again(files_with(set));
      const Plan plan = *best_plan(*read.plan).best;
      const auto inputs = inputs_of(
          read, {"traffic.rate", "traffic.input_tokens", "slo.tpot", "serving_efficiency"});
      const PlanSensitivity found =
          plan_sensitivity(read, inputs, plan, {.count = 1, .threads = 2});
      for (const PlanInput& one : found.flips) {
        const UncertainInput& input = inputs[one.input];
        CAPTURE(input.key.key);
        const auto best_at = [&](double factor) {
          return is_best_at(with(set, set_at(input, one.value, factor)), plan);
        };
        for (const auto& flip : {one.down, one.up}) {
          if (!flip) continue;
          ++flips;
          CHECK(best_at(flip->holds));
          CHECK_FALSE(best_at(flip->flips));
          CHECK(std::abs(std::log(flip->flips / flip->holds)) <= std::log1p(kPlanFlipTolerance));
          CHECK((!flip->regret || *flip->regret >= kPlanAlike * 0.99));
        }
        if (!one.down) CHECK(best_at(one.searched_down));
        if (!one.up) CHECK(best_at(one.searched_up));
      }
    }
    CHECK(flips >= (kOptimized ? 10 : 1));
  }

  TEST_CASE("one and two threads find the same of a plan") {
    const ReadAgain read = read_plan_again(files_with({}));
    const Plan plan = *best_plan(*read.plan).best;
    const auto inputs = inputs_of(read, {"traffic.rate", "serving_efficiency", "straggler_factor"});
    const auto found = [&](std::uint64_t seed, int threads) {
      return plan_sensitivity(read, inputs, plan, {.count = 8, .seed = seed, .threads = threads});
    };
    const PlanSensitivity one = found(4, 1);
    const PlanSensitivity two = found(4, 2);
    REQUIRE(one.flips.size() == two.flips.size());
    for (std::size_t at = 0; at < one.flips.size(); ++at) {
      const auto& a = one.flips[at].up;
      const auto& b = two.flips[at].up;
      REQUIRE(a.has_value() == b.has_value());
      if (a) CHECK((a->holds == b->holds && a->flips == b->flips && a->regret == b->regret));
    }
    const auto figures = [](const PlanConfidence& all) {
      return std::vector{all.best_share,
                         all.holds_share,
                         all.regret,
                         all.gpus.low,
                         all.gpus.median,
                         all.gpus.high,
                         all.tokens_per_gpu.low,
                         all.tokens_per_gpu.high};
    };
    CHECK(figures(one.confidence) == figures(two.confidence));
    CHECK(figures(one.confidence) != figures(found(5, 2).confidence));
    REQUIRE(one.confidence.winners.size() == two.confidence.winners.size());
    for (std::size_t at = 0; at < one.confidence.winners.size(); ++at) {
      CHECK(same_plan(one.confidence.winners[at].plan, two.confidence.winners[at].plan));
    }
  }

  TEST_CASE("a plan of which nothing is uncertain is the best in every draw") {
    const ReadAgain read = read_plan_again(files_with({}));
    const Plan plan = *best_plan(*read.plan).best;
    auto inputs = inputs_of(read, {"straggler_factor"});
    REQUIRE(inputs.size() == 1);
    inputs.front().deviation = 0.0;
    const PlanSensitivity found = plan_sensitivity(read, inputs, plan, {.count = 3, .threads = 1});
    CHECK(found.flips.empty());
    CHECK(found.confidence.best_share == 1.0);
    CHECK(found.confidence.gpus.low == plan.gpus());
    CHECK(found.confidence.gpus.high == plan.gpus());
  }
}

}  // namespace
}  // namespace wideep::plan_sensitivity_test
