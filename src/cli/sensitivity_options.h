#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "report/sensitivity_report.h"

namespace wideep {

/// The options that ask how sure an answer is, shared by the commands that say it.
struct SensitivityOptions {
  bool wanted = false;
  std::vector<std::string> uncertain{};  ///< KEY=SHARE
  int draws = kSensitivityDraws;
  int seed = 1;
};

/// Adds --sensitivity, --uncertain, --draws and --seed, with the number of draws that stands in
/// `options` as the default.
void add_sensitivity_options(CLI::App& command, SensitivityOptions& options);

/// How sure a configuration is: everything where that is asked for, else what costs little. Throws
/// InputError where options make no sense.
SensitivityReport sensitivity_report(const SensitivityOptions& options,
                                     const ReadAgain& read,
                                     const SensitivityQuestion& question);

}  // namespace wideep
