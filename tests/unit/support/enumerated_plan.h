#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engines/runs.h"
#include "model/what_fits.h"
#include "plan/pricing.h"
#include "search/optimize.h"
#include "support/preset_problem.h"

/// Plans by looking at every step size, batch and count.
namespace wideep::enumerated {

inline constexpr double kNone = std::numeric_limits<double>::infinity();
inline constexpr int kMostCount = kMostInRatio;  // of instances of a role

/// DeepSeek-V3 with requests of these lengths, on instances of 8 or 16 GPUs.
inline PlanQuestion question(const std::string& fabric, double input, double output) {
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
inline std::vector<InstancePointer> every_decode(const PlanQuestion& asked) {
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

inline bool is_within(const PlanQuestion& asked, const Plan& plan, const WaitingEstimate& waiting) {
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

inline bool holds(const PlanQuestion& asked, const Plan& plan, PerSecond rate) {
  return is_within(asked, plan, waiting_at_rate(setting_of(asked, plan), rate));
}

inline bool holds_in_flight(const PlanQuestion& asked, const Plan& plan) {
  const double concurrency = *asked.demand.concurrency;
  return is_within(asked, plan, waiting_at_concurrency(setting_of(asked, plan), concurrency));
}

/// The highest rate that the plan holds, by halving; 0: none.
inline double highest(const PlanQuestion& asked, const Plan& plan) {
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
inline double cost_of(const PlanQuestion& asked, const Plan& plan, double least) {
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

/// What an enumeration finds.
struct Found {
  double cost = kNone;  ///< the least
  std::uint64_t priced = 0;
};

/// The least cost over all pairs of instances, or aggregated ones, and counts.
inline Found best(const PlanQuestion& asked) {
  Found found;
  const auto look_at = [&](const InstancePointer& prefill,
                           const InstancePointer& decode,
                           int prefills,
                           int decodes) {
    Plan plan;
    if (prefill) plan.prefill = RolePlan{prefill, prefills};
    plan.decode = RolePlan{decode, decodes};
    plan.output_tokens = mean_output(asked.lengths);
    found.cost = std::min(found.cost, cost_of(asked, plan, found.cost));
    ++found.priced;
  };
  if (asked.roles == Roles::kAggregated) {
    InstanceSearch mixed(asked, InstanceRole::kMixed, asked.level.tpot);
    for (const int width : asked.decode.space.ep_widths) {
      for (const InstancePointer& most : mixed.of(width)) {
        std::vector<InstancePointer> each = {most};
        const int largest = asked.level.ttft ? most->tokens_per_rank() : 0;
        const auto tokens = [](int step) { return std::exp2(0.25 * step); };
        for (int step = 0; tokens(step) < largest; ++step) {
          each.push_back(mixed.with_tokens(*most, static_cast<int>(std::lround(tokens(step)))));
        }
        for (const InstancePointer& one : each) {
          if (!one) continue;
          for (int count = 1; count <= kMostCount; ++count) look_at(nullptr, one, 0, count);
        }
      }
    }
    return found;
  }
  InstanceSearch prefill(asked, InstanceRole::kPrefill, {});
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
  return found;
}

}  // namespace wideep::enumerated
