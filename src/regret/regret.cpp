#include "regret/regret.h"

#include <algorithm>
#include <utility>

#include "deploy/sizes.h"
#include "model/limits.h"
#include "model/placed.h"
#include "regret/question.h"
#include "regret/read_question.h"
#include "regret/role_config.h"
#include "rules/known.h"
#include "search/answer.h"

namespace wideep {
namespace {

/// Prices the file's configuration. What does not fit is timed all the same; what cannot be is
/// said.
void price_theirs(RoleRegret& regret) {
  const RoleConfig found = config_of(*regret.role, *regret.problem);
  regret.why_not = found.why_not;
  regret.limit = found.limit;
  if (found.config) regret.theirs = predict(*regret.problem, *found.config);
}

/// Where nothing is feasible: what stands in the way of the file's own configuration, else of any.
void say_infeasible(RoleRegret& regret) {
  regret.why_not = "no configuration of these GPUs is feasible by the model";
  const Config& config = regret.theirs->config;
  std::vector<BrokenLimit> limits = broken_limits(placed(*regret.problem, config), config);
  if (limits.empty()) limits = reasons_at(*regret.problem);
  if (!limits.empty()) regret.limit = limits.front();
  regret.theirs = std::nullopt;
}

/// Requests that decode at once where memory leaves room for no more, as engines then do; nothing
/// where all fit, or none does.
std::optional<int> fitting_requests(const RoleRegret& regret) {
  const Config& config = regret.theirs->config;
  if (regret.role->kind == RoleKind::kPrefill) return {};
  const int fits = fitting_tokens(*regret.problem, config);
  if (fits == config.tokens) return {};
  const double each = fits * requests_per_token(regret.problem->workload.traffic);
  const int requests = static_cast<int>(each) * attention_groups(*regret.role);
  return requests > 0 ? std::optional(requests) : std::nullopt;
}

/// The file's side alone.
RoleRegret theirs_of(const Deployment& job,
                     const DeployedRole& role,
                     const PricedBy& by,
                     std::optional<int> fitting) {
  const RoleQuestion question = question_of(job, role, by, fitting);
  RoleRegret regret{.role = &role,
                    .why_not = question.why_not,
                    .problem = nullptr,
                    .assumed = question.assumed,
                    .requests_assumed = question.requests_assumed};
  if (regret.why_not.empty()) {
    regret.problem = read_role_question(question.workload, by, regret.why_not);
  }
  if (regret.problem) price_theirs(regret);
  return regret;
}

RoleRegret regret_of(const Deployment& job, const DeployedRole& role, const PricedBy& by) {
  RoleRegret regret = theirs_of(job, role, by, {});
  if (!regret.theirs) return regret;
  if (const auto fitting = fitting_requests(regret)) regret = theirs_of(job, role, by, fitting);
  const Answer found = answer(*regret.problem);
  if (found.used() == nullptr) {
    say_infeasible(regret);
  } else {
    regret.best = *found.used();
  }
  return regret;
}

}  // namespace

PricedBy priced_with(PricedBy by, const Deployment& job) {
  if (!by.model && job.model) by.model = model_preset_of(job.model->value);
  if (!by.fabric && job.hardware) by.fabric = fabric_preset_of(job.hardware->value);
  return by;
}

double RoleRegret::regret() const {
  if (!theirs || !best) return 0.0;
  return std::max(0.0, theirs->step.total / best->step.total - 1.0);
}

std::vector<RoleRegret> regrets_of(const Deployment& job, const PricedBy& by) {
  std::vector<RoleRegret> regrets;
  for (const DeployedRole& role : job.roles) regrets.push_back(regret_of(job, role, by));
  return regrets;
}

}  // namespace wideep
