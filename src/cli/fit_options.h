#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "input/write_fabric.h"
#include "logs/read_logs.h"
#include "report/calibration.h"

namespace wideep {

/// What all fits have in common.
struct FitOptions {
  std::vector<std::string> files;
  std::string out;   ///< empty: no calibration is written
  std::string base;  ///< empty: none
  std::vector<std::string> ep;
  bool json = false;
  bool all_points = false;
};

/// Adds the files, --out, --base, --ep and --json.
void add_fit_options(CLI::App& command, FitOptions& options);

/// What --ep says, as N or FILE=N. Throws InputError on anything else.
LogHints hints_of(const FitOptions& options);

/// A whole number and nothing else.
std::optional<int> whole_of(std::string_view text);

/// A share as `20%` or `0.2`, above 0 and below 1; nothing where the text is no share at all.
/// Throws InputError where it is out of range.
std::optional<double> share_of(const std::string& text);

/// The share of a --holdout that takes no more; 0 where it is not given. Throws InputError.
double share_held_out(const std::string& text);

/// Today, or the day of SOURCE_DATE_EPOCH; this version; the files.
Provenance provenance_of(const std::vector<LogFile>& files);

/// Throws InputError where --out names one of the measurements, or a log is given twice, under one
/// name or two: its points would count twice.
void require_different(const FitOptions& options, const std::vector<LogFile>& files);

/// Writes the calibration to --out, where one is asked for. Throws InputError.
void write_calibration(const FitOptions& options,
                       const BaseFabric& base,
                       const Calibration& calibration);

/// The fit whose measurements the files hold instead: "comm", "compute" ...
std::string fit_for(const Measurements& measurements);

/// The fabric of --base, or none.
BaseFabric base_of(const FitOptions& options);

void add_fit_attention(CLI::App& fit, Action& action);
void add_fit_comm(CLI::App& fit, Action& action);
void add_fit_compute(CLI::App& fit, Action& action);
void add_fit_fused(CLI::App& fit, Action& action);
void add_fit_gamma(CLI::App& fit, Action& action);
void add_fit_step(CLI::App& fit, Action& action);

}  // namespace wideep
