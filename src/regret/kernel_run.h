#pragma once

#include <optional>

#include "deploy/deployment.h"
#include "model/config.h"
#include "model/fabric.h"

namespace wideep {

/// Whose kernel moves a role's tokens: as its flags choose it, or as the engine does where they do
/// not; nothing where it is none that is known. Sources: presets/engines.
std::optional<Library> library_of(const DeployedRole& role, const Fabric& fabric);

/// The overlap that a role's flags switch on.
Overlap overlap_of(const DeployedRole& role);

/// A role's layout and how its experts lie, without a kernel; nothing where a size is not known.
std::optional<Config> layout_of(const DeployedRole& role);

}  // namespace wideep
