#include <vector>

#include "rules/format_parts.h"

namespace wideep {
namespace {

std::vector<DeploymentRule> all_format_rules() {
  std::vector<DeploymentRule> rules;
  for (const auto part : {format_recipe_rules(), format_kubernetes_rules(), format_role_rules()}) {
    rules.insert(rules.end(), part.begin(), part.end());
  }
  return rules;
}

}  // namespace

std::span<const DeploymentRule> format_rules() {
  static const std::vector<DeploymentRule> rules = all_format_rules();
  return rules;
}

}  // namespace wideep
