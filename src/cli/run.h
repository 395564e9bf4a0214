#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace wideep {

/// The program with all of its commands; `action` is what the one that is parsed asks for.
void set_up(CLI::App& app, Action& action);

/// Runs a command, `arguments` without the program's name. Throws InputError where the command line
/// or its input cannot be used.
ExitCode run(const std::vector<std::string>& arguments);

}  // namespace wideep
