#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/presets.h"

namespace wideep {

/// What files to start from are of.
struct StartingPoint {
  std::string model;   ///< as the workload names it
  std::string fabric;  ///< a preset's name
  std::optional<std::string> engine{};
};

/// A workload beside fabric.yaml: a question that can be asked as it is, then keys that are not
/// set, each with what it is.
std::string starting_workload(const StartingPoint& from);

/// The fabric of a preset, with keys that would change it.
std::string starting_fabric(const StartingPoint& from);

/// A preset's file in which the presets that it names by their names alone are written out, their
/// sources with them. Throws InputError where no file can start from it.
std::string written_out(const Preset& preset);

}  // namespace wideep
