#pragma once

#include <functional>

#include "plan/plan.h"

namespace wideep {

/// Costs that differ by less are the same.
inline constexpr double kPlanRounding = 1e-9;

/// Instances of one or two roles whose counts are to be found.
struct Kinds {
  InstancePointer prefill;  ///< null: decode takes the prompts
  InstancePointer decode;
  /// The best decode instance of its GPUs with fewer tokens per rank; null: there is none. Unset:
  /// none is looked for.
  std::function<InstancePointer(int tokens)> with_tokens = {};
  /// The decode instance as if its step were as short as that of its smallest batch; null: as it
  /// is.
  InstancePointer quickest = nullptr;
};

/// Instances for a demand of which each holds so much, one at least.
int count_for(double demand, double each);

/// Whether it states what arrives.
bool has_demand(const PlanQuestion& question);

/// Keeps the better of two: of less cost, or as good with more capacity to spare.
void keep_better(std::optional<Plan>& best, std::optional<Plan> plan);

/// A plan without its rate and times.
Plan plan_of(const PlanQuestion& question, const Kinds& kinds, int prefills, int decodes);

/// How a deployment of these instances is served.
ServingSetting setting_of(const PlanQuestion& question, const Plan& plan);

/// The rate of requests that max_utilisation leaves.
PerSecond most_rate(const PlanQuestion& question, const Plan& plan);

/// The rate asked for, or the least at which so many requests in flight are within the level; 0:
/// not known.
PerSecond least_rate(const PlanQuestion& question);

/// Prices a plan at its rate, or at the concurrency asked for. Whether it is within the level.
bool price(const PlanQuestion& question, Plan& plan);

/// The highest rate at which the plan is within its level; whether there is one.
bool price_at_most(const PlanQuestion& question, Plan& plan);

/// Whether a plan that was priced keeps max_utilisation; with requests in flight prefill does, and
/// decode has a slot for each of them.
bool within_use(const PlanQuestion& question, const Plan& plan);

/// Whether more prefill is of no use to a plan that was priced, since nobody waits for it; and more
/// decode.
bool nobody_waits(const PlanQuestion& question, const WaitingEstimate& waiting);
bool has_slots(const WaitingEstimate& waiting);

/// The mean TTFT of a prompt that waits for nothing.
Seconds least_ttft(const PlanQuestion& question, const Kinds& kinds);

}  // namespace wideep
