#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/shell_script.h"

namespace wideep {

/// An engine that a command starts.
struct StartedEngine {
  DeployedRole role;
  std::optional<Stated<std::string>> model;
};

/// A file that a command names and its script does not write; nothing where it is not known.
using FindFile = std::function<std::optional<ShellFile>(const std::string& path)>;

/// What is known around a command.
struct EngineContext {
  /// What may tell its role where the command does not, most telling first: a section's name, a
  /// label, the file's name.
  std::vector<std::string> names{};
  Form form = Form::kShell;  ///< how its words stand
  FindFile find_file{};
};

/// The engines that a script starts, each as a role. What is left out is said in `state.not_read`.
std::vector<StartedEngine> engines_in_script(const EmbeddedText& script,
                                             ShellState& state,
                                             const EngineContext& context);

/// Those that one command starts, whose words stand in `in`: a list of YAML or JSON. `bash -c
/// SCRIPT` is read as the script it is.
std::vector<StartedEngine> engines_of_command(const ShellCommand& command,
                                              const EmbeddedText& in,
                                              ShellState& state,
                                              const EngineContext& context);

/// The kind that a name tells: "prefill-server", "gen", "DecodeWorker"; nothing where it tells none
/// or both.
std::optional<RoleKind> kind_in_name(std::string_view name);

}  // namespace wideep
