#pragma once

#include <string>
#include <vector>

#include "input/node.h"

namespace wideep {

/// One job of a recipe.
struct RecipeJob {
  std::string name;  ///< empty where the file is one job
  Node settings;
};

/// The jobs of a recipe: the file itself; or, where it has `base`, one for each `override_*` and
/// one for each place of the lists in a `zip_override_*`: maps are merged, lists replaced, null
/// takes a key away, a list of one holds for all, a list in a list is meant as one. More jobs than
/// any recipe has, and lists of different lengths, are said in `not_read`.
/// Source: srtctl/core/config.py of NVIDIA/srt-slurm @c88ef731.
std::vector<RecipeJob> recipe_jobs(const Node& root, std::vector<std::string>& not_read);

}  // namespace wideep
