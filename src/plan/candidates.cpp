#include "plan/candidates.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

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
  bool late = false;          ///< TTFT alone was in the way of fewer
  WaitingEstimate last = {};  ///< of the last that was priced
};

/// Whether so many instances are within the level; what was priced is left in `found`.
bool try_counts(const PlanQuestion& question,
                const Kinds& kinds,
                int prefills,
                int decodes,
                FewestPrefill& found) {
  Plan plan = plan_of(question, kinds, prefills, decodes);
  plan.rate = least_rate(question);
  plan.cost = plan.gpus();
  const bool held = price(question, plan);
  found.last = plan.waiting;
  if (held) {
    found.plan = std::move(plan);
  } else {
    found.more_decode = !has_slots(question, plan.waiting);
    found.late = found.late || within_use(question, plan.waiting);
  }
  return held;
}

/// Prefill instances that are enough for so many requests in flight if none of them waits; 1 at a
/// rate.
int most_needed(const PlanQuestion& question, const Kinds& kinds) {
  const Seconds each =
      least_ttft(question, kinds) + (mean_output(question.lengths) - 1.0) * kinds.decode->tpot;
  return count_for(question.demand.concurrency.value_or(0.0) / each.base(),
                   question.max_utilisation * kinds.prefill->rate.base());
}

/// The fewest prefill instances beside so many of decode, of up to `limit` GPUs in all. Where one
/// more at a time takes long, in growing steps and then by halves: whom some hold, more hold too.
FewestPrefill fewest_prefill(const PlanQuestion& question,
                             const Kinds& kinds,
                             int decodes,
                             double limit) {
  FewestPrefill found;
  const int decode_gpus = decodes * kinds.decode->gpus();
  if (!kinds.prefill) {
    if (decode_gpus <= limit) try_counts(question, kinds, decodes, decodes, found);
  } else {
    const int each = kinds.prefill->gpus();
    const int most = static_cast<int>(std::floor((limit - decode_gpus) / each));
    int too_few = count_for(least_rate(question).base(),
                            question.max_utilisation * kinds.prefill->rate.base()) -
                  1;
    const auto holds = [&](int prefills) {
      return try_counts(question, kinds, prefills, decodes, found);
    };
    int enough = 0;
    const int guess = std::min(std::max(too_few + 1, most_needed(question, kinds)), most);
    if (guess > too_few && holds(guess)) {
      enough = guess;
      for (int step = 1; enough - step > too_few; step *= 2) {
        if (!holds(enough - step)) {
          too_few = enough - step;
          break;
        }
        enough -= step;
      }
    } else {
      too_few = std::max(too_few, guess);
    }
    constexpr int kOneByOne = 16;
    for (int step = 1, tries = 1; enough == 0 && too_few < most; ++tries) {
      if (nobody_waits(question, found.last)) break;
      const int prefills = std::min(too_few + step, most);
      if (holds(prefills)) {
        enough = prefills;
      } else {
        too_few = prefills;
      }
      if (tries >= kOneByOne) step *= 2;
    }
    while (enough - too_few > 1) {
      const int middle = too_few + (enough - too_few) / 2;
      (holds(middle) ? enough : too_few) = middle;
    }
  }
  if (found.plan) found.plan->most = highest_rate(question, *found.plan);
  return found;
}

/// The same with a smaller batch of decode, whose first step is shorter: the smallest that is
/// enough, or larger ones where requests would wait for its slots. More decode helps while batches
/// can become smaller by it.
FewestPrefill with_smaller_batch(const PlanQuestion& question,
                                 const Kinds& kinds,
                                 int decodes,
                                 double limit) {
  const int least = just_enough(question, kinds, decodes);
  FewestPrefill all{.plan = {}, .more_decode = least > 1, .late = false, .last = {}};
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
    // A smaller batch has a shorter first step.
    bool smaller_help = false;
    if (found.late && kinds.with_tokens) {
      FewestPrefill smaller = with_smaller_batch(question, kinds, decodes, cut);
      smaller_help = smaller.more_decode;
      keep(best, std::move(smaller.plan));
    }
    const bool settled = found.plan && !found.late && has_slots(question, found.plan->waiting);
    keep(best, std::move(found.plan));
    if (settled || (!best && !found.more_decode && !smaller_help)) return best;
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

/// The plan at the highest rate that it holds; unset where its cost, by rate, exceeds `limit`.
std::optional<Plan> at_its_best(const PlanQuestion& question,
                                const Kinds& kinds,
                                Plan plan,
                                double limit) {
  const double gpus = question.demand.gpus ? 1.0 : plan.gpus();
  const PerSecond most = plan.most;
  if (gpus / most.base() > limit) return std::nullopt;
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
      keep(best, at_its_best(question, kinds, std::move(plan), tightened(limit, best)));
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
    keep(best, at_its_best(question, kinds, std::move(plan), tightened(limit, best)));
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
    return fewest(question, kinds, std::min(limit, 1.0 * gpus.value_or(kMostPlanGpus)));
  }
  return gpus ? most_on(question, kinds, limit) : best_ratio(question, kinds, limit);
}

}  // namespace wideep
