// What a whole deployment could serve.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "deploy/sizes.h"
#include "plan/pricing.h"
#include "regret/question.h"
#include "regret/read_question.h"
#include "regret/regret.h"
#include "regret/role_config.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// The roles of a deployment that takes prompts and decodes: two of them, or one; otherwise none.
std::vector<const DeployedRole*> whole_roles(const Deployment& job) {
  std::vector<const DeployedRole*> roles;
  for (const DeployedRole& role : job.roles) roles.push_back(&role);
  const auto is = [&roles](std::size_t at, RoleKind kind) { return roles[at]->kind == kind; };
  if (roles.size() == 1 && is(0, RoleKind::kAggregated)) return roles;
  if (roles.size() != 2 || roles[0]->engine != roles[1]->engine) return {};
  if (is(0, RoleKind::kDecode)) std::swap(roles[0], roles[1]);
  if (is(0, RoleKind::kPrefill) && is(1, RoleKind::kDecode)) return roles;
  return {};
}

/// The GPUs of all instances; nothing where a size is not known.
std::optional<int> gpus_of(const std::vector<const DeployedRole*>& roles) {
  int gpus = 0;
  for (const DeployedRole* const role : roles) {
    const std::optional<int> world = world_of(*role);
    if (!world) return std::nullopt;
    gpus += *world * instances_of(*role);
  }
  return gpus;
}

InstanceRole role_in_plan(const DeployedRole& role) {
  switch (role.kind) {
    case RoleKind::kPrefill:
      return InstanceRole::kPrefill;
    case RoleKind::kDecode:
      return InstanceRole::kDecode;
    case RoleKind::kAggregated:
      break;
  }
  return InstanceRole::kMixed;
}

/// Tokens in a step of an attention group of the role; 0 where that is not said.
int group_tokens(const Deployment& job,
                 const DeployedRole& role,
                 const PricedBy& by,
                 const Traffic& traffic) {
  if (role.kind == RoleKind::kPrefill) return prompt_chunk(role).value_or(0);
  const int batch = decode_batch(job, role, by);
  const int groups = attention_groups(role);
  const int requests = (batch + groups - 1) / groups;
  return static_cast<int>(std::ceil(requests / requests_per_token(traffic)));
}

/// An instance as the role has it; null, with the reason, where the model has none.
InstancePointer instance_of_role(const Deployment& job,
                                 const DeployedRole& role,
                                 const PricedBy& by,
                                 const PlanQuestion& question,
                                 std::string& why_not) {
  const InstanceRole kind = role_in_plan(role);
  Problem problem = role_problems(question, kind, {}).front();
  const int tokens = group_tokens(job, role, by, problem.workload.traffic);
  if (tokens < 1) {
    why_not = fmt::format("the tokens of a step of {} are not said", name_of(role.kind));
    return nullptr;
  }
  problem.workload.traffic.choice.reset();
  problem.workload.traffic.tokens =
      TokensPerRank{.tokens = tokens,
                    .expert_load = ExpertLoad::kPerRank,
                    .stated = true,
                    .ranks = *world_of(role) / attention_groups(role)};
  RoleConfig found = config_of(role, problem);
  if (!found.config) {
    why_not = fmt::format("{}: {}", name_of(role.kind), found.why_not);
    return nullptr;
  }
  if (role.kind != RoleKind::kPrefill) {
    const int fits = fitting_tokens(problem, *found.config);
    if (fits > 0) found.config->tokens = fits;
  }
  return std::make_shared<const Instance>(
      instance_of(question, kind, problem, predict(problem, *found.config)));
}

/// The file's own plan at the traffic that the question has, or at the most that it serves.
void price_theirs(const Deployment& job,
                  const std::vector<const DeployedRole*>& roles,
                  const PricedBy& by,
                  const PlanQuestion& question,
                  DeploymentRegret& regret) {
  std::vector<InstancePointer> instances;
  for (const DeployedRole* const role : roles) {
    instances.push_back(instance_of_role(job, *role, by, question, regret.why_not));
    if (!instances.back()) return;
  }
  const bool apart = roles.size() > 1;
  const Kinds kinds{.prefill = apart ? instances.front() : nullptr, .decode = instances.back()};
  Plan plan = plan_of(
      question, kinds, apart ? instances_of(*roles.front()) : 0, instances_of(*roles.back()));
  if (question.demand.rate) plan.rate = *question.demand.rate;
  const bool held = !question.demand.rate || price(question, plan);
  if (question.demand.concurrency) {
    price(question, plan);
  } else if (!question.demand.rate || !held) {
    if (!price_at_most(question, plan)) {
      regret.why_not = "no rate of requests is within what its instances hold";
      return;
    }
    regret.too_much = !held;
  }
  regret.theirs = std::move(plan);
}

/// The fewest GPUs that hold what the file's plan does, no slower and as busy.
PlanQuestion no_slower(PlanQuestion question, const Plan& theirs) {
  const ServingTimes& times = theirs.waiting.times;
  question.level = {.ttft = times.ttft.mean, .ttft_p95 = {}, .tpot = theirs.tpot()};
  question.decode.workload.slo.tpot = question.level.tpot;
  question.max_utilisation = std::max(question.max_utilisation, times.prefill_utilization);
  if (!question.demand.concurrency) question.demand.rate = theirs.rate;
  question.demand.gpus = theirs.gpus();
  return question;
}

}  // namespace

double DeploymentRegret::regret() const {
  if (!theirs || !best) return 0.0;
  return std::max(0.0, 1.0 * theirs->gpus() / best->gpus() - 1.0);
}

std::optional<DeploymentRegret> regret_of_whole(const Deployment& job, const PricedBy& by) {
  const std::vector<const DeployedRole*> roles = whole_roles(job);
  if (roles.empty() || !by.model || !by.fabric) return std::nullopt;
  const std::optional<int> gpus = gpus_of(roles);
  DeploymentRegret regret;
  if (!gpus || *gpus > kMostPlanGpus) {
    regret.why_not = gpus ? fmt::format("it has more than {} GPUs", format_count(kMostPlanGpus))
                          : "a parallel size is set to what this file does not say";
    return regret;
  }
  const RoleQuestion words = deployment_question(job, roles, by);
  regret.assumed = words.assumed;
  regret.requests_assumed = words.requests_assumed;
  auto question = read_deployment_question(words.workload, by, regret.why_not);
  if (!question) return regret;
  price_theirs(job, roles, by, *question, regret);
  if (!regret.theirs) return regret;
  regret.question = std::make_shared<const PlanQuestion>(no_slower(*question, *regret.theirs));
  regret.best = best_plan(*regret.question).best;
  return regret;
}

}  // namespace wideep
