#pragma once

#include <string>
#include <string_view>

#include "emit/launch.h"

namespace wideep {

/// What a deployment is written as.
enum class LaunchFormat { kShell, kKubernetes, kDynamo, kSrtSlurm };

/// One file: a script that takes the role; manifests of LeaderWorkerSets; a DynamoGraphDeployment;
/// a recipe of srt-slurm. What must be filled in is said at its top. docs/engines.md#formats
std::string launch_file(const LaunchSet& set, LaunchFormat format);

/// Whether the format has what starts such instances: pods of Kubernetes bring no MPI, which
/// TensorRT-LLM's ranks on several nodes are started by.
bool can_write(const LaunchSet& set, LaunchFormat format);

// What the writers share.

/// "# ...": what it starts, what the model says of it, what it cannot say, what is to be filled in.
std::string heading(const LaunchSet& set, std::string_view fill_in);

/// The lines of a shell that start one node of a role, with `rank` and `leader` the variables that
/// tell the node's number in its instance and the host of number 0; indented by `indent`.
std::string start_lines(const LaunchSet& set,
                        const Launch& launch,
                        std::string_view rank,
                        std::string_view leader,
                        int indent);

/// A value as one word of a shell.
std::string shell_word(const std::string& value);

// One each.
std::string shell_file(const LaunchSet& set);
std::string kubernetes_file(const LaunchSet& set);
std::string dynamo_file(const LaunchSet& set);
std::string recipe_file(const LaunchSet& set);

}  // namespace wideep
