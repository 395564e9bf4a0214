#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/data_sheet.h"
#include "cli/fit_options.h"
#include "fit/fused_fit.h"
#include "input/ranges.h"
#include "report/fused_fit_report.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

struct FitFusedOptions {
  FitOptions common;
  std::string kernel;
  std::string holdout;
  std::string launch_per_rank;
};

/// A share, or `ep=N[,N...]`.
void read_fused_holdout(const std::string& text, FusedFitOptions& options) {
  if (text.empty()) return;
  if (const auto share = share_of(text)) {
    options.holdout_share = *share;
    return;
  }
  constexpr std::string_view kKey = "ep=";
  std::string_view rest = text;
  bool sound = rest.starts_with(kKey);
  rest.remove_prefix(sound ? kKey.size() : rest.size());
  while (sound) {
    const std::size_t comma = rest.find(',');
    const auto width = whole_of(rest.substr(0, comma));
    sound = width.has_value();
    if (!sound) break;
    options.holdout_widths.push_back(*width);
    if (comma == std::string_view::npos) return;
    rest.remove_prefix(comma + 1);
  }
  throw InputError(
      fmt::format("wideep-opt: --holdout '{}' must be ep=N[,N...] or a share such as 20%\n", text));
}

FusedFitOptions fused_fit_options(const FitFusedOptions& options) {
  FusedFitOptions fit;
  read_fused_holdout(options.holdout, fit);
  if (options.launch_per_rank.empty()) return fit;
  fit.launch_per_rank = parse_quantity<Seconds>(options.launch_per_rank);
  const bool sound = fit.launch_per_rank && *fit.launch_per_rank >= range::kLatency.low &&
                     *fit.launch_per_rank <= range::kLatency.high;
  if (sound) return fit;
  throw InputError(fmt::format("wideep-opt: --launch-per-rank '{}' must be a time such as 0.45us\n",
                               options.launch_per_rank));
}

/// The kernel of the base that takes the figures; null where there is no base. Throws InputError
/// where it is not clear which.
const Kernel* kernel_of(const FitFusedOptions& options, const BaseFabric& base) {
  if (!base.fabric) {
    const bool lacking = !options.common.out.empty() || !options.kernel.empty();
    if (!lacking) return nullptr;
    throw InputError(
        "wideep-opt: --out and --kernel need --base FABRIC: a calibration is a fabric of which one "
        "fused kernel is measured anew\n");
  }
  std::vector<std::string_view> names;
  const Kernel* found = nullptr;
  for (const Kernel& kernel : base.fabric->kernels) {
    if (!kernel.fused) continue;
    names.push_back(kernel.name);
    if (options.kernel.empty() || kernel.name == options.kernel) found = &kernel;
  }
  if (names.empty()) {
    throw InputError(fmt::format(
        "wideep-opt: {} has no fused kernel\n  = help: give it one under 'kernels', such as "
        "'MegaMoE: megamoe-gb200'\n",
        options.common.base));
  }
  if (options.kernel.empty() && names.size() > 1) {
    throw InputError(
        fmt::format("wideep-opt: {} has several fused kernels\n  = help: --kernel {}\n",
                    options.common.base,
                    fmt::join(names, " or --kernel ")));
  }
  if (found == nullptr) {
    throw InputError(fmt::format("wideep-opt: {} has no fused kernel '{}'\n  = help: it has {}\n",
                                 options.common.base,
                                 options.kernel,
                                 fmt::join(names, ", ")));
  }
  return found;
}

/// Without its EP width a row says nothing.
void require_fused_widths(const Measurements& measurements) {
  std::set<int> files;
  for (const FusedSample& sample : measurements.fused) {
    if (sample.ep_width == 0) files.insert(sample.place.file);
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

/// Of the base's GPU before others, then of the most points.
std::optional<std::size_t> chosen_fit(const std::vector<FusedFit>& fits, const std::string& gpu) {
  std::optional<std::size_t> best;
  const auto better = [&](const FusedFit& one, const FusedFit& other) {
    const bool one_fits = other_gpu(one.device, gpu).empty();
    const bool other_fits = other_gpu(other.device, gpu).empty();
    return one_fits != other_fits ? one_fits : one.samples.size() > other.samples.size();
  };
  for (std::size_t at = 0; at < fits.size(); ++at) {
    if (!fits[at].estimates) continue;
    if (!best || better(fits[at], fits[*best])) best = at;
  }
  return best;
}

std::string untold_text(const std::vector<FusedFit>& fits) {
  std::string text = "wideep-opt: the measurements do not determine the law of a fused kernel\n";
  for (const FusedFit& fit : fits) text += fmt::format("  {}: {}\n", name_of(fit), fit.reason);
  return text + "  = help: docs/measuring.md#fused says what to measure\n";
}

/// Why the kernel would not run with what was measured; empty where it would.
std::string refused_text(const Kernel& kernel, const FusedFit& fit) {
  const auto& types = kernel.limits.weight_types;
  if (types.empty() || std::find(types.begin(), types.end(), fit.weights) != types.end()) return "";
  return fmt::format(
      "{} takes no weights in {}, which were measured", kernel.name, name_of(fit.weights));
}

ExitCode run_fit_fused(const FitFusedOptions& options) {
  const FitOptions& common = options.common;
  const FusedFitOptions how = fused_fit_options(options);
  const BaseFabric base = base_of(common);
  const Kernel* const kernel = kernel_of(options, base);
  const Measurements measurements = read_logs(common.files, hints_of(common));
  require_different(common, measurements.files);
  if (measurements.fused.empty()) {
    throw InputError(fmt::format("{}: error: no fused kernel was timed here; try fit {}\n",
                                 measurements.files.front().name,
                                 fit_for(measurements)));
  }
  require_fused_widths(measurements);
  FusedAnswer answer;
  answer.fits = fit_fused(measurements, how);
  const bool held = std::any_of(answer.fits.begin(), answer.fits.end(), [](const FusedFit& fit) {
    return fit.held_out.has_value();
  });
  if (!options.holdout.empty() && !held) {
    throw InputError(
        fmt::format("wideep-opt: --holdout {} matches no measurement\n", options.holdout));
  }
  const std::string gpu = base.fabric && base.fabric->gpu ? gpu_name(base) : "";
  const auto chosen = chosen_fit(answer.fits, gpu);
  if (!chosen) {
    complain(untold_text(answer.fits));
    return ExitCode::kNo;
  }
  answer.chosen = *chosen;
  answer.written = common.out;
  answer.all_points = common.all_points;
  answer.doubt = other_gpu(answer.fits[*chosen].device, gpu);
  if (kernel != nullptr) {
    answer.kernel = kernel->name;
    answer.refused = refused_text(*kernel, answer.fits[*chosen]);
  }
  if (!common.out.empty()) {
    write_calibration(common, base, calibrate(answer, provenance_of(measurements.files)));
  }
  if (common.json) {
    print(to_text(fused_fit_json(answer, measurements.files)));
  } else {
    show(fused_fit_text(answer, measurements.files));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_fused(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitFusedOptions>();
  CLI::App* command = fit.add_subcommand("fused", "Law of a fused kernel, such as MegaMoE");
  add_fit_options(*command, options->common);
  command->add_option("--kernel", options->kernel, "Of the base; default: its only fused one")
      ->type_name("NAME");
  command
      ->add_option(
          "--launch-per-rank", options->launch_per_rank, "In place of a fitted one, e.g. 0.45us")
      ->type_name("TIME");
  command->add_option("--holdout", options->holdout, "Predict these from the rest: ep=32, 20%")
      ->type_name("ep=N[,N...]|SHARE");
  command->callback([options, &action] { action = [options] { return run_fit_fused(*options); }; });
}

}  // namespace wideep
