#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/config_options.h"

namespace wideep {

/// An argument of `compare`: a configuration, "best" or a workload file, each with "@FABRIC" or
/// without.
struct ComparedArgument {
  std::string text;                          ///< as given
  std::optional<ConfigOptions> config = {};  ///< unset: the best is asked for
  std::optional<std::string> workload = {};  ///< a file of its own; unset: --workload
  std::optional<std::string> fabric = {};    ///< after '@'; unset: --fabric
};

/// Reads one. A configuration is "ep=64,kernel=LL,overlap=dbo", its keys those of
/// add_config_options; without an overlap it stays empty. Every fault is added to `faults`, in
/// words that say nothing of the argument.
ComparedArgument read_argument(const std::string& text, std::vector<std::string>& faults);

}  // namespace wideep
