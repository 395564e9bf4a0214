#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace wideep {

/// Runs a command, `arguments` without the program's name. Throws InputError where the command line
/// or its input cannot be used.
ExitCode run(const std::vector<std::string>& arguments);

}  // namespace wideep
