#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/rule.h"

namespace wideep {
namespace {

void add(std::span<const DeploymentRule> rules, std::vector<const DeploymentRule*>& out) {
  for (const DeploymentRule& rule : rules) out.push_back(&rule);
}

/// "0.5.14", "0.16".
std::string text_of(const EngineVersion& version) {
  const std::string minor = fmt::format("{}.{}", version.major, version.minor);
  return version.patch == 0 ? minor : fmt::format("{}.{}", minor, version.patch);
}

}  // namespace

std::vector<const DeploymentRule*> rules_of(ServingEngine engine) {
  std::vector<const DeploymentRule*> rules;
  if (engine == ServingEngine::kVllm) add(vllm_rules(), rules);
  if (engine == ServingEngine::kSglang) add(sglang_rules(), rules);
  if (engine == ServingEngine::kTrtllm) add(trtllm_rules(), rules);
  if (engine != ServingEngine::kTrtllm) add(deepep_rules(), rules);
  add(format_rules(), rules);
  add(shared_rules(), rules);
  add(spelling_rules(), rules);
  return rules;
}

std::vector<const DeploymentRule*> all_deployment_rules() {
  std::vector<const DeploymentRule*> rules;
  for (const auto some : {vllm_rules(),
                          sglang_rules(),
                          trtllm_rules(),
                          deepep_rules(),
                          format_rules(),
                          shared_rules(),
                          spelling_rules()}) {
    add(some, rules);
  }
  std::sort(rules.begin(), rules.end(), [](const DeploymentRule* a, const DeploymentRule* b) {
    return a->name < b->name;
  });
  return rules;
}

const DeploymentRule* deployment_rule(std::string_view name) {
  const std::vector<const DeploymentRule*> rules = all_deployment_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [name](const DeploymentRule* rule) {
    return rule->name == name;
  });
  return found == rules.end() ? nullptr : *found;
}

std::string versions_of(const DeploymentRule& rule) {
  if (!rule.since) return rule.versions.empty() ? "all" : std::string(rule.versions);
  const std::string since = fmt::format("{} and later", text_of(*rule.since));
  return rule.versions.empty() ? since : fmt::format("{}; {}", since, rule.versions);
}

std::string_view name_of(Proof proof) {
  switch (proof) {
    case Proof::kRead:
      return "the code that decides it was read";
    case Proof::kExcerpt:
      return "an excerpt of the code that decides it was read";
    case Proof::kThread:
      return "an issue or a pull request tells of it";
    case Proof::kDeduced:
      break;
  }
  return "it follows from code that was read";
}

bool is_before(const RuleContext& context, const EngineVersion& version) {
  return context.version && *context.version < version;
}

const DeployedRole* role_of_kind(const RuleContext& context, RoleKind kind) {
  for (const DeployedRole& role : context.deployment.roles) {
    if (&role != &context.role && role.kind == kind) return &role;
  }
  return nullptr;
}

Place place_of_flag(const RuleContext& context, std::string_view key) {
  const Setting* const found = flag(context.role, key);
  return found == nullptr ? context.role.at : found->at;
}

Place place_of_variable(const RuleContext& context, std::string_view key) {
  const Setting* const found = variable(context.role, key);
  return found == nullptr ? context.role.at : found->at;
}

}  // namespace wideep
