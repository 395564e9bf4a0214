#include "plan/relax.h"

#include <algorithm>
#include <utility>

namespace wideep {

std::vector<Relaxed> relaxed(const PlanQuestion& question,
                             const Plan& best,
                             InstanceSearches& instances) {
  std::vector<Relaxed> all;
  const auto add = [&](std::string_view key, PlanQuestion wider) {
    wider.roles = best.prefill ? Roles::kDisaggregated : Roles::kAggregated;
    Relaxed limit{.key = key, .plan = best_plan(wider, instances).best};
    if (limit.plan) limit.gain = limit.plan->tokens_per_gpu() / best.tokens_per_gpu() - 1.0;
    all.push_back(std::move(limit));
  };
  constexpr double kWider = 1.0 + kWidened;
  const auto add_time = [&](std::string_view key, std::optional<Seconds> PlanLevel::*limit) {
    if (!(question.level.*limit)) return;
    PlanQuestion wider = question;
    wider.level.*limit = kWider * *(question.level.*limit);
    add(key, wider);
  };
  add_time("slo.tpot", &PlanLevel::tpot);
  add_time("slo.ttft", &PlanLevel::ttft);
  add_time("slo.ttft_p95", &PlanLevel::ttft_p95);
  PlanQuestion busier = question;
  busier.max_utilisation += kWidened * (1.0 - question.max_utilisation);
  add("max_utilisation", busier);
  std::stable_sort(
      all.begin(), all.end(), [](const Relaxed& a, const Relaxed& b) { return a.gain > b.gain; });
  return all;
}

PlanRange plan_range(const PlanQuestion& question, const Plan& best, InstanceSearches& instances) {
  PlanQuestion slower = question;
  slower.roles = best.prefill ? Roles::kDisaggregated : Roles::kAggregated;
  slower.slower = question.slower * (1.0 + kServedError);
  PlanQuestion faster = slower;
  faster.slower = question.slower / (1.0 + kServedError);
  return {.slower = best_plan(slower, instances).best, .faster = best_plan(faster, instances).best};
}

}  // namespace wideep
