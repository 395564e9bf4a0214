#pragma once

#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/engine_command.h"

namespace wideep {

/// Adds what a script starts: one job with a role for each engine, nothing where it starts none.
/// The script is the first of the file's sources.
void read_shell(DeploymentFile& file, const FindFile& find_file = {});

/// As read_shell, for the lines of a Dockerfile: the image that FROM names, ARG and ENV, and the
/// last of CMD and ENTRYPOINT, in both of their forms.
void read_dockerfile(DeploymentFile& file, const FindFile& find_file = {});

/// The kind that a file's name tells, or its folder's, where it starts one engine of no stated
/// kind.
void take_kind_of_path(const std::string& path, std::vector<StartedEngine>& engines);

/// Engines as the roles of a deployment.
void add_engines(std::vector<StartedEngine> engines, Deployment& deployment);

/// The name of a path's file without its ending.
std::string stem_of(const std::string& path);

}  // namespace wideep
