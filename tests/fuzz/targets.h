#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace wideep {

/// Something that reads text from outside, with what must hold whatever the text is.
/// docs/testing.md#fuzzing
struct FuzzTarget {
  std::string_view name;  ///< that of its folder in corpus
  void (*run)(std::string_view text) = nullptr;
};

using FuzzTargets = std::span<const FuzzTarget>;

// By file: log_format.cpp, input_file.cpp ...
FuzzTargets log_targets();
FuzzTargets input_targets();
FuzzTargets part_targets();
FuzzTargets deployment_targets();
FuzzTargets page_targets();
FuzzTargets command_targets();

std::vector<FuzzTarget> all_targets();

}  // namespace wideep
