#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace wideep {

/// What --help prints of a command; `path` is how it is called, e.g. "wideep-opt fit comm". Laid
/// out here, since CLI11's own changes from version to version.
std::string help_text(const CLI::App& command, const std::string& path);

}  // namespace wideep
