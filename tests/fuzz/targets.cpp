#include "targets.h"

namespace wideep {

std::vector<FuzzTarget> all_targets() {
  std::vector<FuzzTarget> all;
  for (const FuzzTargets each : {log_targets(),
                                 input_targets(),
                                 part_targets(),
                                 deployment_targets(),
                                 page_targets(),
                                 command_targets()}) {
    all.insert(all.end(), each.begin(), each.end());
  }
  return all;
}

}  // namespace wideep
