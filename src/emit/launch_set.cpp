#include "emit/launch_set.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "emit/engine_setting.h"
#include "engines/engine.h"

namespace wideep {
namespace {

std::string version_text(const LaunchTarget& target) {
  if (target.version) {
    const auto& [major, minor, patch] = *target.version;
    return fmt::format("{}.{}.{}", major, minor, patch);
  }
  for (const Engine& engine : engines()) {
    if (engine.id == id_of(target.engine)) return engine.version;
  }
  return "";
}

}  // namespace

LaunchSet launch_set(const std::vector<RoleShape>& shapes,
                     const LaunchTarget& target,
                     LaunchDoubts& doubts) {
  LaunchSet set{.engine = target.engine,
                .version = version_text(target),
                .model = shapes.front().problem->workload.model.name,
                .title = {},
                .machine = target.machine,
                .gpus_per_node = target.gpus_per_node,
                .precision = {},
                .predicted = {},
                .roles = {},
                .cannot = {}};
  if (set.model.empty()) set.model = "FILL-IN";
  for (const RoleShape& shape : shapes) {
    Launch launch = launch_of(shape, target, doubts);
    for (std::vector<LaunchSetting>* const settings : {&launch.flags, &launch.variables}) {
      for (LaunchSetting& each : *settings) {
        each.key = name_in(target.engine, each.key, target.version);
      }
    }
    set.roles.push_back(std::move(launch));
  }
  set.cannot = doubts.cannot;
  return set;
}

}  // namespace wideep
