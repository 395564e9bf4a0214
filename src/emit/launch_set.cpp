#include "emit/launch_set.h"

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
  return engine_of_id(id_of(target.engine))->version;
}

/// What a model is loaded by, of what a workload calls it: "NAME, changed" or FOLDER/config.json.
std::string model_path(const std::string& name) {
  const std::string known = name.substr(0, name.find(", changed"));
  const std::size_t slash = known.rfind('/');
  const bool described = known.ends_with(".json") && slash != std::string::npos;
  const std::string model = described ? known.substr(0, slash) : known;
  return model.empty() ? "FILL-IN" : model;
}

}  // namespace

LaunchSet launch_set(const std::vector<RoleShape>& shapes,
                     const LaunchTarget& target,
                     LaunchDoubts& doubts) {
  LaunchSet set{.engine = target.engine,
                .version = version_text(target),
                .model = model_path(shapes.front().problem->workload.model.name),
                .title = {},
                .machine = target.machine,
                .gpus_per_node = target.gpus_per_node,
                .precision = {},
                .predicted = {},
                .roles = {},
                .cannot = {}};
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
