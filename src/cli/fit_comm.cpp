#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "cli/fit_latency.h"
#include "cli/fit_options.h"
#include "cli/option_values.h"
#include "fit/comm_fit.h"
#include "input/ranges.h"
#include "report/collective_fit_report.h"
#include "report/comm_calibration.h"
#include "report/comm_fit_report.h"

namespace wideep {
namespace {

struct FitCommOptions {
  FitOptions common;
  std::optional<int> gpus_per_domain;
  std::vector<std::string> only;
  std::string holdout;
  std::vector<std::string> latencies;
  std::optional<int> tokens;
  bool keep_inconsistent = false;
};

SeriesFilter filter_of(const std::string& text, const char* option) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  if (equals == std::string::npos || !is_filter_key(key)) {
    throw InputError(fmt::format(
        "wideep-opt: {} '{}' must be KEY=VALUE with one of kernel, phase, ep, sms, hidden_size, "
        "top_k, experts, dtype\n",
        option,
        text));
  }
  return {key, text.substr(equals + 1)};
}

CommFitOptions fit_options(const FitCommOptions& options, const BaseFabric& base) {
  CommFitOptions fit;
  fit.gpus_per_domain = options.gpus_per_domain;
  if (!fit.gpus_per_domain && base.fabric) fit.gpus_per_domain = base.fabric->gpus_per_domain;
  for (const std::string& text : options.only) fit.only.push_back(filter_of(text, "--only"));
  fit.keep_inconsistent = options.keep_inconsistent;
  fit.latencies = latencies_of(options.latencies);
  const auto of_base = latencies_of(base, options.common.base);
  fit.latencies.insert(fit.latencies.end(), of_base.begin(), of_base.end());
  if (options.holdout.empty()) return fit;
  if (const auto share = share_of(options.holdout)) {
    fit.holdout = Holdout{.filter = {}, .share = *share};
  } else {
    fit.holdout = Holdout{.filter = filter_of(options.holdout, "--holdout")};
  }
  return fit;
}

/// Without its EP width a measurement says nothing.
void require_widths(const Measurements& measurements) {
  std::set<int> files;
  for (const CommSample& sample : measurements.comm) {
    if (measurements.comm_series[sample.series].ep_width == 0) files.insert(sample.place.file);
  }
  std::string text;
  for (const int file : files) {
    const std::string& name = measurements.files[static_cast<std::size_t>(file)].name;
    text += fmt::format(
        "{0}: error: nothing in it says at which EP width it was measured\n"
        "      = help: add --ep {0}=N, or --ep N for all files that do not say\n",
        name);
  }
  if (!text.empty()) throw InputError(text);
}

/// Files among the others that communication was not measured in.
void note_files(const Measurements& measurements, std::vector<std::string>& notes) {
  std::set<int> used;
  for (const CommSample& sample : measurements.comm) used.insert(sample.place.file);
  for (const CollectiveSample& sample : measurements.collectives) used.insert(sample.place.file);
  for (std::size_t at = 0; at < measurements.files.size(); ++at) {
    if (used.contains(static_cast<int>(at))) continue;
    notes.push_back(fmt::format("{} holds no communication: fit compute or fit gamma takes it",
                                measurements.files[at].name));
  }
}

/// Of measurements of another kind, which fit takes them.
void require_comm(const Measurements& measurements) {
  if (!measurements.comm.empty() || !measurements.collectives.empty()) return;
  throw InputError(fmt::format("{}: error: no communication was measured here; try fit {}\n",
                               measurements.files.front().name,
                               fit_for(measurements)));
}

/// Why nothing could be fitted.
std::string nothing_text(const CommFit& fit) {
  if (fit.series.empty() && fit.collectives.empty()) {
    return "wideep-opt: --only and --holdout leave nothing to fit\n";
  }
  std::string text = fit.series.empty()
                         ? "wideep-opt: the measurements tell no curve of collectives\n"
                         : "wideep-opt: the measurements do not determine latency and bandwidth\n";
  constexpr std::size_t kShown = 20;
  for (std::size_t at = 0; at < std::min(kShown, fit.series.size()); ++at) {
    const SeriesFit& one = fit.series[at];
    text += fmt::format("  {} {} at EP {}: {}\n",
                        one.series.kernel,
                        name_of(one.series.direction),
                        one.series.ep_width,
                        one.reason);
  }
  if (fit.series.size() > kShown) {
    text += fmt::format("  ... and {} more\n", fit.series.size() - kShown);
  }
  for (const std::string& why : collectives_warnings(fit.collectives)) text += "  " + why + "\n";
  if (fit.series.empty()) {
    return text +
           "  = help: measure two sizes or more of each operation and number of ranks\n"
           "    (docs/measuring.md#collectives)\n";
  }
  return text +
         "  = help: measure six sizes or more over a factor of 32 (docs/measuring.md#comm); of "
         "one\n"
         "    size --base FABRIC or --latency TIME gives the latency, and a bandwidth follows\n";
}

ExitCode run_fit_comm(const FitCommOptions& options) {
  const FitOptions& common = options.common;
  LogHints hints = hints_of(common);
  hints.tokens = options.tokens;
  const BaseFabric base = base_of(common);
  const CommFitOptions how = fit_options(options, base);
  const Measurements measurements = read_logs(common.files, hints);
  require_different(common, measurements.files);
  require_comm(measurements);
  require_widths(measurements);
  const CommFit fit = fit_comm(measurements, how);
  if (how.holdout && fit.held_out.empty()) {
    throw InputError(
        fmt::format("wideep-opt: --holdout {} matches no measurement\n", options.holdout));
  }
  if (fit.laws.empty() && !any_curve(fit.collectives)) {
    complain(nothing_text(fit));
    return ExitCode::kNo;
  }
  Calibration calibration =
      calibrate(fit, base.fabric ? &*base.fabric : nullptr, provenance_of(measurements.files));
  if (!common.out.empty() && calibration.empty) {
    complain("wideep-opt: there is nothing to write: a kernel needs both its phases, or a base\n");
    return ExitCode::kNo;
  }
  write_calibration(common, base, calibration);
  note_files(measurements, calibration.notes);
  if (!common.out.empty() && !base.fabric) {
    calibration.notes.emplace_back(
        "without --base the calibration holds no GPU: workloads must state their expert time");
    if (fit.laws.empty()) {
      calibration.notes.emplace_back(
          "it holds collectives alone: --base gives the all-to-alls that a search needs");
    }
  }
  const FitReportOptions shown{
      .written = common.out, .base = common.base, .all_points = common.all_points};
  if (common.json) {
    print(to_text(comm_fit_json(fit, measurements.files, calibration.notes, shown)));
  } else {
    show(comm_fit_text(fit, measurements.files, calibration.notes, shown));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_comm(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitCommOptions>();
  CLI::App* command = fit.add_subcommand("comm", "Latency and bandwidth of all-to-all kernels");
  add_fit_options(*command, options->common);
  command
      ->add_option("--gpus-per-domain",
                   options->gpus_per_domain,
                   "GPUs of an NVLink domain; default: base's, else 8")
      ->check(whole_number(range::kEpWidth.low, range::kEpWidth.high))
      ->type_name("N");
  command->add_option("--only", options->only, "Only these: kernel=LL,ep=16")
      ->type_name("KEY=VALUE")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--holdout", options->holdout, "Predict these from the rest: ep=32, 20%")
      ->type_name("KEY=VALUE|SHARE");
  command->add_option("--tokens", options->tokens, "Per rank, of results that do not say")
      ->check(CLI::Range(range::kTokens.low, range::kTokens.high))
      ->type_name("N");
  command->add_option("--latency", options->latencies, "Where sizes tell none; default: the base's")
      ->type_name("[KERNEL=]TIME[+-TIME]")
      ->take_all()
      ->allow_extra_args(false);
  command->add_flag(
      "--keep-inconsistent", options->keep_inconsistent, "Calibrate from congested widths too");
  command->callback([options, &action] { action = [options] { return run_fit_comm(*options); }; });
}

}  // namespace wideep
