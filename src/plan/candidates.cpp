#include "plan/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wideep {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Instances for so much, where one is enough for `each`.
int count_for(double demand, double each) {
  return std::max(1, static_cast<int>(std::ceil(demand / each * (1.0 - kPlanRounding))));
}

bool has_demand(const PlanQuestion& question) {
  return question.demand.rate || question.demand.concurrency;
}

/// The better of two.
void keep(std::optional<Plan>& best, std::optional<Plan> plan) {
  if (!plan) return;
  const bool better = !best || plan->cost < best->cost * (1.0 - kPlanRounding) ||
                      (plan->cost <= best->cost * (1.0 + kPlanRounding) && plan->most > best->most);
  if (better) best = std::move(plan);
}

/// The rate up to which a plan that is within its level at its own stays within.
PerSecond highest_rate(const PlanQuestion& question, Plan plan) {
  if (question.demand.concurrency) return plan.most;
  price_at_most(question, plan);
  return plan.rate;
}

/// Of a rank, rounded up.
int tokens_of(const Instance& instance) {
  return static_cast<int>(std::ceil(instance.prediction.tokens));
}

/// The fewest tokens per rank with which so many instances are enough; those of the instance itself
/// where no fewer are.
int just_enough(const PlanQuestion& question, const Kinds& kinds, int decodes) {
  const auto enough = [&](const Instance& instance) {
    if (question.demand.concurrency) {
      return decodes * instance.slots >= *question.demand.concurrency;
    }
    return decodes * most_of_slots(question) * instance.rate >= least_rate(question);
  };
  int too_few = 0;
  int most = tokens_of(*kinds.decode);
  while (most - too_few > 1) {
    const int middle = too_few + (most - too_few) / 2;
    const InstancePointer other = kinds.with_tokens(middle);
    (other && enough(*other) ? most : too_few) = middle;
  }
  return most;
}

/// What is left to the counts of a demand's plan.
struct FewestPrefill {
  std::optional<Plan> plan;
  bool more_decode = false;   ///< with more of it there may be one
  WaitingEstimate last = {};  ///< of the last that was priced
};

/// The fewest prefill instances beside so many of decode, of up to `limit` GPUs in all.
FewestPrefill fewest_prefill(const PlanQuestion& question,
                             const Kinds& kinds,
                             int decodes,
                             double limit) {
  FewestPrefill found;
  const PerSecond rate = least_rate(question);
  int prefills = !kinds.prefill ? decodes
                                : count_for(rate.base(),
                                            question.max_utilisation * kinds.prefill->rate.base());
  for (;; ++prefills) {
    Plan plan = plan_of(question, kinds, prefills, decodes);
    plan.rate = rate;
    plan.cost = plan.gpus();
    if (plan.cost > limit) return found;
    if (price(question, plan)) {
      plan.most = highest_rate(question, plan);
      found.last = plan.waiting;
      found.plan = std::move(plan);
      return found;
    }
    found.more_decode = !has_slots(question, plan.waiting);
    found.last = plan.waiting;
    if (!kinds.prefill || nobody_waits(question, plan.waiting)) return found;
  }
}

/// The same with a smaller batch of decode, whose first step is shorter: the smallest that is
/// enough, or larger ones where requests would wait for its slots. More decode helps while batches
/// can become smaller by it.
FewestPrefill with_smaller_batch(const PlanQuestion& question,
                                 const Kinds& kinds,
                                 int decodes,
                                 double limit) {
  const int least = just_enough(question, kinds, decodes);
  FewestPrefill all{.plan = {}, .more_decode = least > 1, .last = {}};
  for (int tokens = least; tokens < tokens_of(*kinds.decode); ++tokens) {
    const InstancePointer smaller = kinds.with_tokens(tokens);
    if (!smaller) continue;
    const Kinds other{.prefill = kinds.prefill, .decode = smaller, .with_tokens = {}};
    const double cut = all.plan ? all.plan->cost - 1.0 : limit;
    FewestPrefill found = fewest_prefill(question, other, decodes, cut);
    const bool priced = found.plan || found.last.times.rate > PerSecond{};
    keep(all.plan, std::move(found.plan));
    if (priced && has_slots(question, found.last)) break;
  }
  return all;
}

/// The fewest GPUs at a rate or a concurrency.
std::optional<Plan> fewest(const PlanQuestion& question, const Kinds& kinds, double limit) {
  const int prefill_gpus = kinds.prefill ? kinds.prefill->gpus() : 0;
  const int decode_gpus = kinds.decode->gpus();
  const PerSecond rate = least_rate(question);
  std::optional<Plan> best;
  int decodes = count_for(rate.base(), most_of_slots(question) * kinds.decode->rate.base());
  const auto& concurrency = question.demand.concurrency;
  if (concurrency && rate == PerSecond{}) decodes = count_for(*concurrency, kinds.decode->slots);
  for (;; ++decodes) {
    const double cut = best ? best->cost : limit;
    FewestPrefill found = fewest_prefill(question, kinds, decodes, cut);
    const SizeRates sizes{prefill_gpus,
                          decode_gpus,
                          kinds.prefill ? kinds.prefill->rate / prefill_gpus : PerSecond{},
                          kinds.decode->rate / decode_gpus};
    // A smaller batch has a shorter first step.
    const bool slow = !found.plan || found.plan->cost > least_cost(question, sizes);
    bool smaller_help = false;
    if (slow && kinds.with_tokens) {
      FewestPrefill smaller = with_smaller_batch(question, kinds, decodes, cut);
      smaller_help = smaller.more_decode;
      keep(best, std::move(smaller.plan));
    }
    keep(best, std::move(found.plan));
    if (!best && !found.more_decode && !smaller_help) return best;
    const double next = (decodes + 1.0) * decode_gpus + prefill_gpus;
    if (next > limit || (best && next > best->cost)) return best;
  }
}

/// The plan with the batch of decode at which its own rate is the highest within the level: with
/// fewer tokens what decode serves binds, with more TTFT does.
Plan tuned(const PlanQuestion& question, const Kinds& kinds, const Plan& plan) {
  Plan best = plan;
  int too_few = 0;
  int too_many = tokens_of(*plan.decode.instance);
  while (too_many - too_few > 1) {
    const int middle = too_few + (too_many - too_few) / 2;
    const InstancePointer other = kinds.with_tokens(middle);
    if (!other) {
      too_few = middle;
      continue;
    }
    const Kinds smaller{.prefill = kinds.prefill, .decode = other};
    Plan changed =
        plan_of(question, smaller, plan.prefill ? plan.prefill->count : 1, plan.decode.count);
    const PerSecond most = changed.most;
    const bool held = price_at_most(question, changed);
    if (held && changed.rate > best.rate) best = changed;
    (held && changed.rate >= most * (1.0 - kPlanRounding) ? too_few : too_many) = middle;
  }
  return best;
}

/// The best with up to so many instances, and GPUs in all.
std::optional<Plan> most_of(const PlanQuestion& question, const Kinds& kinds, double limit) {
  const int prefill_gpus = kinds.prefill ? kinds.prefill->gpus() : 0;
  const int decode_gpus = kinds.decode->gpus();
  const auto& gpus = question.demand.gpus;
  const int most_decodes = gpus ? *gpus / decode_gpus : kMostInRatio;
  std::optional<Plan> best;
  for (int decodes = 1; decodes <= most_decodes; ++decodes) {
    int most_prefills = kinds.prefill ? kMostInRatio : 1;
    if (prefill_gpus > 0 && gpus) most_prefills = (*gpus - decodes * decode_gpus) / prefill_gpus;
    for (int prefills = 1; prefills <= most_prefills; ++prefills) {
      Plan plan = plan_of(question, kinds, prefills, decodes);
      const PerSecond most = plan.most;
      const auto cost_at = [&](PerSecond rate) {
        return (gpus ? 1.0 : 1.0 * plan.gpus()) / rate.base();
      };
      const double cut = best ? std::min(limit, best->cost * (1.0 + kPlanRounding)) : limit;
      if (cost_at(most) <= cut) {
        const bool held = price_at_most(question, plan);
        if (!held) plan.rate = PerSecond{};
        if (plan.rate < most * (1.0 - kPlanRounding) && kinds.with_tokens) {
          plan = tuned(question, kinds, plan);
        }
        plan.cost = plan.rate > PerSecond{} ? cost_at(plan.rate) : kInfinity;
        plan.most = plan.rate;
        if (plan.rate > PerSecond{} && plan.cost <= cut) keep(best, plan);
      }
      // More prefill than decode takes is of use to a TTFT alone.
      const PerSecond of_decode = question.max_utilisation * decodes * kinds.decode->rate;
      const bool decode_bound = most >= of_decode * (1.0 - kPlanRounding);
      if (decode_bound && plan.rate >= most * (1.0 - kPlanRounding)) break;
    }
  }
  return best;
}

}  // namespace

std::optional<Plan> best_counts(const PlanQuestion& question, const Kinds& kinds, double limit) {
  // Whatever the batch of decode, its first step takes some time.
  const auto& ttft = question.level.ttft;
  if (ttft && least_ttft(question, kinds) - kinds.decode->tpot >= *ttft) return std::nullopt;
  if (!has_demand(question)) return most_of(question, kinds, limit);
  const auto& gpus = question.demand.gpus;
  // Nobody asks for more, and what waits forever ends there.
  constexpr double kMostGpus = 1e6;
  return fewest(question, kinds, std::min({limit, kMostGpus, gpus ? 1.0 * *gpus : kInfinity}));
}

double least_cost(const PlanQuestion& question, const SizeRates& sizes) {
  const double busy = question.max_utilisation;
  const double prefill = sizes.prefill_gpus * sizes.prefill.base();
  const double decode = sizes.decode_gpus * sizes.decode.base();
  if (decode <= 0.0 || (sizes.prefill_gpus > 0 && prefill <= 0.0)) return kInfinity;
  const bool apart = sizes.prefill_gpus > 0;
  if (has_demand(question)) {
    const double rate = least_rate(question).base();
    const int prefills = apart ? count_for(rate, busy * prefill) : 0;
    const int decodes = count_for(rate, most_of_slots(question) * decode);
    const int gpus = prefills * sizes.prefill_gpus + decodes * sizes.decode_gpus;
    const bool too_many = question.demand.gpus && gpus > *question.demand.gpus;
    return too_many ? kInfinity : gpus;
  }
  const auto& gpus = question.demand.gpus;
  double least = kInfinity;
  const int most = gpus ? *gpus / sizes.decode_gpus : kMostInRatio;
  for (int decodes = 1; decodes <= most; ++decodes) {
    const int left = gpus ? *gpus - decodes * sizes.decode_gpus : 0;
    int prefills = !apart ? 0 : gpus ? left / sizes.prefill_gpus : kMostInRatio;
    if (apart && prefills < 1) continue;
    if (apart && !gpus) prefills = std::min(prefills, count_for(decodes * decode, prefill));
    for (int fewer = std::max(apart ? 1 : 0, prefills - 1); fewer <= prefills; ++fewer) {
      const double rate =
          busy * (apart ? std::min(fewer * prefill, decodes * decode) : decodes * decode);
      const double all = fewer * sizes.prefill_gpus + decodes * sizes.decode_gpus;
      least = std::min(least, (gpus ? 1.0 : all) / rate);
    }
  }
  return least;
}

}  // namespace wideep
