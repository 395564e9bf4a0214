#include "plan/candidates.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "plan/fewest_gpus.h"

namespace wideep {
namespace {

/// The plan with the batch of decode at which its own rate is the highest within the level: with
/// fewer tokens slots are too few, with more the first step takes longer, and in between there is
/// one best batch.
Plan tuned(const PlanQuestion& question, const Kinds& kinds, const Plan& plan) {
  Plan best = plan;
  const auto rate_with = [&](int tokens) {
    const InstancePointer other = kinds.with_tokens(tokens);
    if (!other) return PerSecond{};
    const Kinds smaller{.prefill = kinds.prefill, .decode = other};
    Plan changed = plan_of(question, smaller, plan.prefill->count, plan.decode.count);
    if (!price_at_most(question, changed)) return PerSecond{};
    if (changed.rate > best.rate) best = changed;
    return changed.rate;
  };
  int low = 1;
  int high = plan.decode.instance->tokens_per_rank() - 1;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (rate_with(middle) <= rate_with(middle + 1)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return best;
}

/// Whether some batch of decode may hold that rate: one of as many slots whose first step is as
/// short as the shortest.
bool may_hold(const PlanQuestion& question, const Kinds& kinds, Plan plan, PerSecond rate) {
  if (kinds.quickest) plan.decode.instance = kinds.quickest;
  plan.rate = rate;
  return price(question, plan);
}

/// The plan at the highest rate that it holds; unset where its cost, by rate, exceeds `limit`.
std::optional<Plan> at_its_best(const PlanQuestion& question,
                                const Kinds& kinds,
                                Plan plan,
                                double limit) {
  const double gpus = question.demand.gpus ? 1.0 : plan.gpus();
  const PerSecond most = plan.most;
  const PerSecond needed(gpus / limit);
  if (needed > most) return std::nullopt;
  if (needed > PerSecond{} && !may_hold(question, kinds, plan, needed)) return std::nullopt;
  if (!price_at_most(question, plan)) plan.rate = PerSecond{};
  if (plan.rate < most * (1.0 - kPlanRounding) && kinds.with_tokens) {
    plan = tuned(question, kinds, plan);
  }
  if (plan.rate <= PerSecond{} || gpus / plan.rate.base() > limit) return std::nullopt;
  plan.cost = gpus / plan.rate.base();
  plan.most = plan.rate;
  return plan;
}

double tightened(double limit, const std::optional<Plan>& best) {
  return best ? std::min(limit, best->cost * (1.0 + kPlanRounding)) : limit;
}

/// The best ratio of up to so many instances of each role.
std::optional<Plan> best_ratio(const PlanQuestion& question, const Kinds& kinds, double limit) {
  std::optional<Plan> best;
  for (int decodes = 1; decodes <= kMostInRatio; ++decodes) {
    const int most = kinds.prefill ? kMostInRatio : 1;
    for (int prefills = 1; prefills <= most; ++prefills) {
      Plan plan = plan_of(question, kinds, prefills, decodes);
      keep_better(best, at_its_best(question, kinds, std::move(plan), tightened(limit, best)));
    }
  }
  return best;
}

/// The highest rate on so many GPUs. More prefill never lowers it, so that decode has what that
/// leaves; of what is not needed for the rate less is taken.
std::optional<Plan> most_on(const PlanQuestion& question, const Kinds& kinds, double limit) {
  const int gpus = *question.demand.gpus;
  const int decode_gpus = kinds.decode->gpus();
  std::optional<Plan> best;
  const auto look_at = [&](int decodes) {
    const int left = gpus - decodes * decode_gpus;
    const int prefills = kinds.prefill ? left / kinds.prefill->gpus() : decodes;
    if (left < 0 || prefills < 1) return;
    Plan plan = plan_of(question, kinds, prefills, decodes);
    keep_better(best, at_its_best(question, kinds, std::move(plan), tightened(limit, best)));
  };
  // The one in balance first, which most of the others are not better than.
  const double prefill_gpus =
      kinds.prefill ? kinds.prefill->gpus() * (kinds.decode->rate / kinds.prefill->rate) : 0.0;
  const int balanced = static_cast<int>(gpus / (decode_gpus + prefill_gpus));
  for (int decodes = std::max(1, balanced); decodes <= balanced + 1; ++decodes) look_at(decodes);
  for (int decodes = 1; decodes <= gpus / decode_gpus; ++decodes) look_at(decodes);
  if (!best || !best->prefill) return best;
  const Kinds found{.prefill = kinds.prefill, .decode = best->decode.instance, .with_tokens = {}};
  int too_few = 0;
  int enough = best->prefill->count;
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    Plan fewer = plan_of(question, found, middle, best->decode.count);
    fewer.rate = best->rate;
    const bool holds = fewer.most >= best->rate && price(question, fewer);
    (holds ? enough : too_few) = middle;
    if (!holds) continue;
    fewer.cost = best->cost;
    fewer.most = best->most;
    best = std::move(fewer);
  }
  return best;
}

}  // namespace

std::optional<Plan> best_counts(const PlanQuestion& question, const Kinds& kinds, double limit) {
  // Whatever the batch of decode, its first step takes some time.
  const auto& ttft = question.level.ttft;
  if (ttft && least_ttft(question, kinds) - kinds.decode->tpot >= *ttft) return std::nullopt;
  const auto& gpus = question.demand.gpus;
  if (has_demand(question)) {
    return fewest_gpus(question, kinds, std::min(limit, 1.0 * gpus.value_or(kMostPlanGpus)));
  }
  return gpus ? most_on(question, kinds, limit) : best_ratio(question, kinds, limit);
}

std::optional<Plan> plan_with(const PlanQuestion& question,
                              const Kinds& kinds,
                              int prefills,
                              int decodes) {
  if (has_demand(question)) return with_counts(question, kinds, prefills, decodes);
  constexpr double kUnlimited = std::numeric_limits<double>::infinity();
  return at_its_best(question, kinds, plan_of(question, kinds, prefills, decodes), kUnlimited);
}

}  // namespace wideep
