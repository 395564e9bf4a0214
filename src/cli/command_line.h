#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace wideep {

/// What a command line asks for, and everything wrong with it.
struct CommandLine {
  CLI::App* command = nullptr;  ///< the one that it names, as far as it names one
  std::string path;             ///< how that one is called, e.g. "wideep-opt fit comm"
  bool wants_help = false;
  bool wants_version = false;
  std::vector<std::string> faults{};  ///< in words of ours: CLI11's change from version to version
};

/// Reads a command line (without the program's name) by the options and commands of `app`.
CommandLine read_command_line(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace wideep
