#include "emit/launch_files.h"

namespace wideep {

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
