#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "deploy/deployment.h"

namespace wideep {

/// What starts engines a file is by its content, and its name where that leaves it open: a script,
/// a Dockerfile, a manifest of Kubernetes or of Dynamo; nothing where it is none of these.
std::optional<DeploymentFormat> format_of(const std::string& path, std::string_view text);

}  // namespace wideep
