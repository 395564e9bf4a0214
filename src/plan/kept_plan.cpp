#include "plan/kept_plan.h"

#include "plan/candidates.h"
#include "plan/smaller_steps.h"
#include "search/agenda.h"

namespace wideep {
namespace {

using Role = InstanceRole;

const Config& config_of(const RolePlan& role) {
  return role.instance->prediction.config;
}

/// Leaves one choice to the search.
void hold(SearchSpace& space, const Config& config) {
  space.ep_widths = {config.gpus()};
  if (!config.copies_tokens()) space.kernels = {config.kernel};
  space.overlaps = {config.overlap};
  space.attentions = {config.attention};
  const int ranks = config.experts == Experts::kTp ? config.expert_ranks : 0;
  space.experts = {{config.experts, ranks}};
}

bool same_role(const RolePlan& a, const RolePlan& b) {
  return a.count == b.count && same_choice(config_of(a), config_of(b));
}

/// Instances of the role under the question, of its choice alone.
std::vector<InstancePointer> instances_of(InstanceSearch& search,
                                          const RolePlan& role,
                                          double slower) {
  std::vector<InstancePointer> all;
  for (const InstancePointer& one : search.of(role.instance->gpus())) {
    if (same_choice(one->prediction.config, config_of(role))) all.push_back(slowed(one, slower));
  }
  return all;
}

}  // namespace

bool same_plan(const Plan& a, const Plan& b) {
  if (a.prefill.has_value() != b.prefill.has_value()) return false;
  return same_role(a.decode, b.decode) && (!a.prefill || same_role(*a.prefill, *b.prefill));
}

std::optional<Plan> kept_plan(const PlanQuestion& question, const Plan& plan) {
  PlanQuestion only = question;
  hold(only.decode.space, config_of(plan.decode));
  if (plan.prefill) hold(only.prefill.space, config_of(*plan.prefill));
  InstanceSearches searches(only);
  std::optional<Seconds> tpot = question.level.tpot;
  if (tpot) tpot = *tpot / question.slower;
  InstanceSearch& decode = searches.of(plan.prefill ? Role::kDecode : Role::kMixed, tpot);
  const bool limited = limits_ttft(question.level);
  std::vector<InstancePointer> prefills = {nullptr};
  if (plan.prefill) {
    prefills = instances_of(searches.of(Role::kPrefill, tpot), *plan.prefill, question.slower);
  }
  std::optional<Plan> best;
  for (const InstancePointer& one : instances_of(decode, plan.decode, question.slower)) {
    Kinds kinds{.prefill = nullptr, .decode = one};
    if (plan.prefill && limited) {
      kinds.with_tokens = [&, one](int tokens) {
        const InstancePointer smaller = decode.with_tokens(*one, tokens);
        return smaller ? slowed(smaller, question.slower) : smaller;
      };
    }
    if (!plan.prefill && limited) {
      for (const InstancePointer& smaller : with_smaller_steps(decode, *one)) {
        const Kinds other{.prefill = nullptr, .decode = slowed(smaller, question.slower)};
        const int count = plan.decode.count;
        keep_better(best, plan_with(question, other, count, count));
      }
    }
    for (const InstancePointer& prefill : prefills) {
      kinds.prefill = prefill;
      const int count = plan.prefill ? plan.prefill->count : plan.decode.count;
      keep_better(best, plan_with(question, kinds, count, plan.decode.count));
    }
  }
  return best;
}

}  // namespace wideep
