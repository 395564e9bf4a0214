#pragma once

#include <span>

#include "rules/rule.h"

namespace wideep {

// Rules of what starts engines by topic, which format_rules() puts together.
std::span<const DeploymentRule> format_recipe_rules();
std::span<const DeploymentRule> format_kubernetes_rules();
std::span<const DeploymentRule> format_role_rules();

}  // namespace wideep
