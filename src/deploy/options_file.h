#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/shell_script.h"

namespace wideep {

/// The settings of an engine's options file.
std::optional<Settings> settings_in_file(const ShellFile& file,
                                         ServingEngine engine,
                                         std::string& fault);

}  // namespace wideep
