#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace wideep {

/// What to write instead of an option that the command does not have: a key of its inputs, where
/// the option's name is one or means one; empty where it is none.
std::string option_hint(const CLI::App& command, std::string_view name, const std::string& value);

/// What to say where a command lacks what it needs; empty or ended by "; ".
std::string missing_hint(const CLI::App& command);

}  // namespace wideep
