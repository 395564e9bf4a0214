#include "plan/pricing.h"

#include <algorithm>
#include <cmath>

#include "plan/chunks.h"

namespace wideep {
namespace {

/// Of TTFT: what waits for less is not worth another instance.
constexpr double kUnfelt = 1e-4;

WaitingEstimate estimate(const PlanQuestion& question, const Plan& plan) {
  const ServingSetting setting = setting_of(question, plan);
  if (question.demand.concurrency) {
    return waiting_at_concurrency(setting, *question.demand.concurrency);
  }
  return waiting_at_rate(setting, plan.rate);
}

bool within(const PlanQuestion& question, const Plan& plan) {
  const auto& [ttft, p95, tpot] = question.level;
  const ServingTimes& times = plan.waiting.times;
  return within_use(question, plan) && (!ttft || times.ttft.mean <= *ttft) &&
         (!p95 || times.ttft.p95 <= *p95);
}

}  // namespace

int count_for(double demand, double each) {
  return std::max(1, static_cast<int>(std::ceil(demand / each * (1.0 - kPlanRounding))));
}

void keep_better(std::optional<Plan>& best, std::optional<Plan> plan) {
  if (!plan) return;
  const bool better = !best || plan->cost < best->cost * (1.0 - kPlanRounding) ||
                      (plan->cost <= best->cost * (1.0 + kPlanRounding) && plan->most > best->most);
  if (better) best = std::move(plan);
}

bool has_demand(const PlanQuestion& question) {
  return question.demand.rate || question.demand.concurrency;
}

PerSecond least_rate(const PlanQuestion& question) {
  if (question.demand.rate) return *question.demand.rate;
  const auto& [ttft, p95, tpot] = question.level;
  if (!ttft || !tpot || !question.demand.concurrency) return {};
  const Seconds longest = *ttft + (mean_output(question.lengths) - 1.0) * *tpot;
  return PerSecond(*question.demand.concurrency / longest.base());
}

bool within_use(const PlanQuestion& question, const Plan& plan) {
  const ServingTimes& times = plan.waiting.times;
  const double most = question.max_utilisation * (1.0 + kPlanRounding);
  if (plan.waiting.overload || times.prefill_utilization > most) return false;
  const auto& concurrency = question.demand.concurrency;
  if (!concurrency) return times.decode_utilization <= most;
  return plan.decode.count * plan.decode.instance->slots >= *concurrency;
}

bool nobody_waits(const PlanQuestion& question, const WaitingEstimate& waiting) {
  const ServingTimes& times = waiting.times;
  return times.prefill_utilization <= question.max_utilisation &&
         times.waiting.mean <= kUnfelt * times.ttft.mean;
}

bool has_slots(const WaitingEstimate& waiting) {
  return waiting.times.slot_waiting.mean <= kUnfelt * waiting.times.ttft.mean;
}

bool price(const PlanQuestion& question, Plan& plan) {
  plan.waiting = estimate(question, plan);
  if (question.demand.concurrency) plan.rate = plan.waiting.times.rate;
  return within(question, plan);
}

bool price_at_most(const PlanQuestion& question, Plan& plan) {
  plan.rate = plan.most;
  if (price(question, plan)) return true;
  constexpr double kIdle = 1e-6;  // of the most
  constexpr double kExact = 1e-6;
  Plan idle = plan;
  idle.rate = kIdle * plan.most;
  if (!price(question, idle)) return false;
  PerSecond low = idle.rate;
  PerSecond high = plan.most;
  while (high - low > kExact * high) {
    plan.rate = 0.5 * (low + high);
    (price(question, plan) ? low : high) = plan.rate;
  }
  plan.rate = low;
  return price(question, plan);
}

Plan plan_of(const PlanQuestion& question, const Kinds& kinds, int prefills, int decodes) {
  Plan plan;
  if (kinds.prefill) plan.prefill = RolePlan{kinds.prefill, prefills};
  plan.decode = RolePlan{kinds.decode, decodes};
  plan.output_tokens = mean_output(question.lengths);
  plan.most = most_rate(question, plan);
  return plan;
}

ServingSetting setting_of(const PlanQuestion& question, const Plan& plan) {
  const PromptSteps& prompts = plan.prompts();
  return {.prompts = prompt_lengths(question.lengths),
          .output_tokens = plan.output_tokens,
          .prefill_instances = plan.prefill ? plan.prefill->count : plan.decode.count,
          .groups = prompts.groups,
          .step_tokens = prompts.tokens,
          .step_fixed = prompts.fixed,
          .step_per_token = prompts.per_token,
          .transfer = prompts.transfer.value_or(Seconds(0.0)),
          .decode_slots = plan.decode.count * plan.decode.instance->slots,
          .tpot = plan.tpot()};
}

PerSecond most_rate(const PlanQuestion& question, const Plan& plan) {
  PerSecond rate = plan.decode.count * plan.decode.instance->rate;
  if (plan.prefill) rate = std::min(rate, plan.prefill->count * plan.prefill->instance->rate);
  return question.max_utilisation * rate;
}

Seconds least_ttft(const PlanQuestion& question, const Kinds& kinds) {
  const Plan plan = plan_of(question, kinds, 1, 1);
  const ServingSetting setting = setting_of(question, plan);
  const Chunks chunks(setting);
  const Seconds full = setting.step_fixed + setting.step_tokens * setting.step_per_token;
  const Seconds last = setting.step_fixed + chunks.last * setting.step_per_token;
  return chunks.before * full + last + setting.transfer + setting.tpot;
}

}  // namespace wideep
