#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "input/node.h"
#include "model/fabric.h"

namespace wideep {

/// A fabric that a calibration starts from, as text and as figures.
struct BaseFabric {
  std::deque<Source> sources;  ///< that `node` points into
  Node node;                   ///< null where there is no base
  std::optional<Fabric> fabric;
};

/// What a calibration says in place of its base.
struct FabricChanges {
  std::vector<std::string>
      replaced;      ///< dotted keys that are taken away first: "kernels.LL.latency"
  std::string yaml;  ///< laid over what is left
};

/// A file, or a preset's name. Throws InputError.
BaseFabric read_base_fabric(const std::string& name);

/// The text of the base fabric with changes laid over it: the presets of what is changed are
/// written out, so that the file stands for itself. Throws InputError where the result is no sound
/// fabric.
std::string fabric_text(const BaseFabric& base, const FabricChanges& changes);

/// YAML in block style, with what fits on a line in flow style.
std::string to_yaml(const Node& node);

}  // namespace wideep
