#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input/write_fabric.h"
#include "model/problem.h"

namespace wideep {

/// Where a problem is read from, as the command line gives it.
struct ProblemFiles {
  std::string workload;               ///< path, or "-"
  std::optional<std::string> fabric;  ///< path, "-" or a preset; unset: the workload's key `fabric`
  std::optional<std::string> search;  ///< path of a search file, instead of the workload's block
  std::vector<std::string> set;       ///< key.path=value
};

/// Reads a whole problem. Throws InputError naming every fault of every file at once.
Problem read_problem(const ProblemFiles& files);

/// A problem with the fabric that it was read with, overrides included, for a calibration to start
/// from.
struct ProblemAndFabric {
  Problem problem;
  BaseFabric fabric;
};

/// The same with its fabric. Throws InputError likewise.
ProblemAndFabric read_problem_and_fabric(const ProblemFiles& files);

}  // namespace wideep
