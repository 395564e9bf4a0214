#pragma once

#include <functional>
#include <optional>
#include <string>

#include "deploy/deployment.h"

namespace wideep {

/// The text of a file that another one names; nothing where it may not be read.
using ReadNamed = std::function<std::optional<Source>(const std::string& path)>;

/// Reads what starts engines, told by content and name: a script, a Dockerfile, a manifest of
/// Kubernetes or Dynamo, a recipe of srt-slurm, options of TensorRT-LLM. Nothing where a file is
/// none of these, and no fault then. Of a key that is given twice the last
/// counts, as for the engines' own readers, and `not_read` says so. No file is read but by
/// `read_named`.
std::optional<DeploymentFile> read_deployment(Source source,
                                              const ReadNamed& read_named,
                                              Findings& findings);

}  // namespace wideep
