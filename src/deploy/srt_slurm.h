#pragma once

#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "input/node.h"

namespace wideep {

/// Whether a map is a recipe of NVIDIA/srt-slurm: it has `resources` and a `backend`, by themselves
/// or in `base`.
bool is_srt_slurm(const Node& root);

/// Adds the jobs of a recipe: one, or those that `override_*` and `zip_override_*` make of `base`,
/// which is not one itself. Source: srtctl/core/schema.py, backends/*.py @c88ef731.
void read_srt_slurm(const Node& root, DeploymentFile& file);

}  // namespace wideep
