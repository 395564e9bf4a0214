#include "plan/fewest_gpus.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wideep {
namespace {

/// The rate up to which a plan that is within its level at its own stays within.
PerSecond highest_rate(const PlanQuestion& question, Plan plan) {
  if (question.demand.concurrency) return plan.most;
  price_at_most(question, plan);
  return plan.rate;
}

/// The fewest tokens per rank with which so many instances are enough; those of the instance itself
/// where no fewer are.
int just_enough(const PlanQuestion& question, const Kinds& kinds, int decodes) {
  const auto enough = [&](const Instance& instance) {
    if (question.demand.concurrency) {
      return decodes * instance.slots >= *question.demand.concurrency;
    }
    return decodes * question.max_utilisation * instance.rate >= least_rate(question);
  };
  int too_few = 0;
  int most = kinds.decode->tokens_per_rank();
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
    found.more_decode = !has_slots(plan.waiting);
    found.late = found.late || within_use(question, plan);
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
  for (int tokens = least; tokens < kinds.decode->tokens_per_rank(); ++tokens) {
    const InstancePointer smaller = kinds.with_tokens(tokens);
    if (!smaller) continue;
    const Kinds other{.prefill = kinds.prefill, .decode = smaller, .with_tokens = {}};
    const double cut = all.plan ? all.plan->cost - 1.0 : limit;
    FewestPrefill found = fewest_prefill(question, other, decodes, cut);
    const bool priced = found.plan || found.last.times.rate > PerSecond{};
    keep_better(all.plan, std::move(found.plan));
    if (priced && has_slots(found.last)) break;
  }
  return all;
}

/// What was found, with the rate that it holds at most.
Plan at_most(const PlanQuestion& question, const FewestPrefill& found) {
  Plan plan = *found.plan;
  plan.most = highest_rate(question, plan);
  return plan;
}

}  // namespace

std::optional<Plan> fewest_gpus(const PlanQuestion& question, const Kinds& kinds, double limit) {
  const int prefill_gpus = kinds.prefill ? kinds.prefill->gpus() : 0;
  const int decode_gpus = kinds.decode->gpus();
  std::optional<Plan> best;
  const auto& concurrency = question.demand.concurrency;
  int decodes = concurrency ? count_for(*concurrency, kinds.decode->slots)
                            : count_for(least_rate(question).base(),
                                        question.max_utilisation * kinds.decode->rate.base());
  for (;; ++decodes) {
    const double cut = best ? best->cost : limit;
    FewestPrefill found = fewest_prefill(question, kinds, decodes, cut);
    // A smaller batch has a shorter first step.
    bool smaller_help = false;
    if (found.late && kinds.with_tokens) {
      FewestPrefill smaller = with_smaller_batch(question, kinds, decodes, cut);
      smaller_help = smaller.more_decode;
      keep_better(best, std::move(smaller.plan));
    }
    const bool settled = found.plan && !found.late && has_slots(found.plan->waiting);
    keep_better(best, std::move(found.plan));
    if (settled || (!best && !found.more_decode && !smaller_help)) return best;
    const double next = (decodes + 1.0) * decode_gpus + prefill_gpus;
    if (next > limit || (best && next > best->cost)) return best;
  }
}

std::optional<Plan> with_counts(const PlanQuestion& question,
                                const Kinds& kinds,
                                int prefills,
                                int decodes) {
  FewestPrefill found;
  if (try_counts(question, kinds, prefills, decodes, found)) return at_most(question, found);
  if (!found.late || !kinds.with_tokens) return std::nullopt;
  const int least = just_enough(question, kinds, decodes);
  for (int tokens = least; tokens < kinds.decode->tokens_per_rank(); ++tokens) {
    const InstancePointer smaller = kinds.with_tokens(tokens);
    if (!smaller) continue;
    const Kinds other{.prefill = kinds.prefill, .decode = smaller, .with_tokens = {}};
    if (try_counts(question, other, prefills, decodes, found)) return at_most(question, found);
    if (has_slots(found.last)) break;
  }
  return std::nullopt;
}

}  // namespace wideep
