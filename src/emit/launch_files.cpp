#include "emit/launch_files.h"

#include <algorithm>

namespace wideep {

bool can_write(const LaunchSet& set, LaunchFormat format) {
  const bool pods = format == LaunchFormat::kKubernetes;
  if (!pods || set.engine != ServingEngine::kTrtllm) return true;
  return std::all_of(
      set.roles.begin(), set.roles.end(), [](const Launch& one) { return one.nodes == 1; });
}

std::string launch_file(const LaunchSet& set, LaunchFormat format) {
  switch (format) {
    case LaunchFormat::kKubernetes:
      return kubernetes_file(set);
    case LaunchFormat::kDynamo:
      return dynamo_file(set);
    case LaunchFormat::kSrtSlurm:
      return recipe_file(set);
    case LaunchFormat::kShell:
      break;
  }
  return shell_file(set);
}

}  // namespace wideep
