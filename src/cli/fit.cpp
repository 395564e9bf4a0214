#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/fit_options.h"
#include "cli/option_values.h"
#include "input/ranges.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// The day that reproducible builds ask for, else today, both in UTC.
std::string date() {
  std::time_t seconds = std::time(nullptr);
  if (const char* const fixed = std::getenv("SOURCE_DATE_EPOCH")) {
    if (const auto given = whole_of(fixed)) seconds = *given;
  }
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(seconds));
}

}  // namespace

std::optional<int> whole_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool sound = error == std::errc() && end == text.data() + text.size();
  return sound ? std::optional(value) : std::nullopt;
}

void add_fit_options(CLI::App& command, FitOptions& options) {
  command.add_option("files", options.files, "Logs and tables, or - (docs/measuring.md)")
      ->required()
      ->type_name("FILE");
  command.add_option("-o,--out", options.out, "Write a calibration, which --fabric takes")
      ->check(file_name())
      ->type_name("FILE");
  command.add_option("-b,--base", options.base, "Fabric that gives all other figures")
      ->type_name("FILE|NAME");
  command.add_option("--ep", options.ep, "EP width of logs that do not say it")
      ->type_name("N|FILE=N")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--points", options.all_points, "Show every point");
  command.add_flag("--json", options.json, "Print JSON (docs/json.md#fit)");
}

LogHints hints_of(const FitOptions& options) {
  LogHints hints;
  for (const std::string& given : options.ep) {
    const std::size_t equals = given.rfind('=');
    const auto width = whole_of(equals == std::string::npos ? given : given.substr(equals + 1));
    const bool sound = width && *width >= range::kEpWidth.low && *width <= range::kEpWidth.high;
    if (!sound) {
      throw InputError(
          fmt::format("wideep-opt: --ep '{}' must be an EP width from {} to {}, or FILE=WIDTH\n",
                      given,
                      range::kEpWidth.low,
                      range::kEpWidth.high));
    }
    if (equals == std::string::npos) {
      hints.ep_width = width;
    } else {
      hints.file_ep_widths[given.substr(0, equals)] = *width;
    }
  }
  for (const auto& [file, width] : hints.file_ep_widths) {
    if (std::find(options.files.begin(), options.files.end(), file) == options.files.end()) {
      throw InputError(fmt::format(
          "wideep-opt: --ep {}={} names a file that is not among those given\n", file, width));
    }
  }
  return hints;
}

std::optional<double> share_of(const std::string& text) {
  const auto share = parse_share(text);
  if (share && (*share <= 0.0 || *share >= 1.0)) {
    throw InputError(
        fmt::format("wideep-opt: the share '{}' must be above 0 and below 100%\n", text));
  }
  return share;
}

double share_held_out(const std::string& text) {
  if (text.empty()) return 0.0;
  if (const auto share = share_of(text)) return *share;
  throw InputError(fmt::format("wideep-opt: --holdout '{}' must be a share such as 20%\n", text));
}

Provenance provenance_of(const std::vector<LogFile>& files) {
  return {.date = date(), .version = WIDEEP_VERSION, .files = files};
}

void require_different(const FitOptions& options, const std::vector<LogFile>& files) {
  std::string text;
  for (const LogFile& file : files) {
    std::error_code error;
    if (!options.out.empty() && std::filesystem::equivalent(options.out, file.name, error)) {
      text += fmt::format("{}: error: --out would replace these measurements\n", file.name);
    }
  }
  for (std::size_t at = 0; at < files.size(); ++at) {
    for (std::size_t other = at + 1; other < files.size(); ++other) {
      if (files[at].sha256 != files[other].sha256) continue;
      text += fmt::format("{}: error: the same as {}, whose measurements would count twice\n",
                          files[other].name,
                          files[at].name);
    }
  }
  if (!text.empty()) throw InputError(text);
}

std::string fit_for(const Measurements& measurements) {
  if (!measurements.comm.empty() || !measurements.collectives.empty()) return "comm";
  if (!measurements.experts.empty()) return "compute";
  if (!measurements.fused.empty()) return "fused";
  if (!measurements.steps.empty()) return "step";
  return measurements.attention.empty() ? "gamma" : "attention";
}

BaseFabric base_of(const FitOptions& options) {
  return options.base.empty() ? BaseFabric{} : read_base_fabric(options.base);
}

void write_calibration(const FitOptions& options,
                       const BaseFabric& base,
                       const Calibration& calibration) {
  if (options.out.empty()) return;
  const std::string text =
      fabric_text(base, {.replaced = calibration.replaced, .yaml = calibration.yaml});
  write_file(
      options.out,
      "# A calibration by wideep-opt fit: a fabric file with the uncertainty of its figures\n"
      "# under `calibration`. docs/measuring.md\n" +
          text);
}

void add_fit(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("fit", "Calibrate a fabric from benchmark logs and tables");
  command->require_subcommand(1);
  add_fit_attention(*command, action);
  add_fit_comm(*command, action);
  add_fit_compute(*command, action);
  add_fit_fused(*command, action);
  add_fit_gamma(*command, action);
  add_fit_step(*command, action);
}

}  // namespace wideep
