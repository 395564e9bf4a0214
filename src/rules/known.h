#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "deploy/deployment.h"
#include "rules/findings.h"

namespace wideep {

/// The preset of models that a path or a name means, "nvidia/DeepSeek-R1-0528-FP4": deepseek-r1.
/// Nothing where it names none, or a version of one that is not known to be alike.
std::optional<std::string> model_preset_of(std::string_view stated);

/// The preset of fabrics that the name of a GPU means, "gb200": gb200-nvl72.
std::optional<std::string> fabric_preset_of(std::string_view stated);

/// What rules need to know of a preset's model and machines.
ServedModel served_model(const std::string& preset);
Machine machine_of(const std::string& preset);

/// What a deployment's own words tell of its model and its machines.
KnownOfDeployment known_of(const Deployment& deployment);

}  // namespace wideep
