#pragma once

#include <string>

#include "cli/check_deployments.h"
#include "deploy/deployment.h"

namespace wideep {

/// The file with what rules would change written into it, as a unified diff; empty where there is
/// nothing. What else they say is found anew after it, so that a fix's own consequences count, and
/// what another change made needless is not changed.
std::string fixes_of(const DeploymentFile& file, const DeploymentOptions& options);

}  // namespace wideep
