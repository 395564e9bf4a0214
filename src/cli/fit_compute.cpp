#include <memory>

#include <fmt/format.h>

#include "cli/data_sheet.h"
#include "cli/fit_options.h"
#include "fit/expert_fit.h"
#include "fit/gpu_figures.h"
#include "report/expert_fit_report.h"

namespace wideep {
namespace {

struct FitComputeOptions {
  FitOptions common;
  std::string dtype;  ///< empty: all
  std::string holdout;
};

std::optional<ExpertHoldout> experts_held_out(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto share = share_of(text)) return ExpertHoldout{.ep_width = {}, .share = *share};
  constexpr std::string_view kKey = "ep=";
  const auto width = text.starts_with(kKey) ? whole_of(text.substr(kKey.size())) : std::nullopt;
  if (!width) {
    throw InputError(
        fmt::format("wideep-opt: --holdout '{}' must be ep=N or a share such as 20%\n", text));
  }
  return ExpertHoldout{.ep_width = width};
}

/// Decode, for which the GPU's figures of experts are made, before prefill; then what deployments
/// mostly compute in; then the most points.
std::optional<std::size_t> choose(const std::vector<ExpertFit>& fits) {
  std::optional<std::size_t> best;
  const auto better = [&](const ExpertFit& one, const ExpertFit& other) {
    if (one.series.phase != other.series.phase) return other.series.phase == Phase::kPrefill;
    const bool one_fp8 = one.series.dtype == "fp8";
    const bool other_fp8 = other.series.dtype == "fp8";
    return one_fp8 != other_fp8 ? one_fp8 : one.points > other.points;
  };
  for (std::size_t at = 0; at < fits.size(); ++at) {
    if (!fits[at].estimates) continue;
    if (!best || better(fits[at], fits[*best])) best = at;
  }
  return best;
}

std::string nothing_text(const std::vector<ExpertFit>& fits) {
  std::string text = "wideep-opt: the measurements do not determine the experts' time\n";
  for (const ExpertFit& fit : fits) {
    text += fmt::format("  {} {} {}: {}\n",
                        fit.series.device,
                        fit.series.dtype,
                        name_of(fit.series.phase),
                        fit.reason);
  }
  return text +
         "  = help: scripts/measure/expert_mlp.py measures what is needed "
         "(docs/measuring.md#compute)\n";
}

void require_gpu(const FitOptions& common, const BaseFabric& base) {
  if (common.out.empty() || has_data_sheet(base)) return;
  throw InputError(
      "wideep-opt: --out needs --base FABRIC with a GPU's data sheet: a calibration says which "
      "share "
      "of it experts reach\n");
}

/// Why the base's GPU cannot be the one that was measured; empty where it can.
std::string wrong_sheet_text(const ExpertAnswer& answer) {
  std::string text;
  for (const GpuFigure* figure :
       {&answer.figures->hbm_efficiency, &answer.figures->flop_efficiency}) {
    if (!figure->impossible) continue;
    text += fmt::format("wideep-opt: the experts reach {}\n", figure->reason);
  }
  if (text.empty()) return "";
  return text +
         "  = help: give the GPU that was measured: a fabric of two lines, 'preset: h100-ib400' "
         "and "
         "'gpu: h200-sxm', is a base too\n";
}

ExitCode run_fit_compute(const FitComputeOptions& options) {
  const FitOptions& common = options.common;
  const auto holdout = experts_held_out(options.holdout);
  const BaseFabric base = base_of(common);
  require_gpu(common, base);
  Measurements measurements = read_logs(common.files, hints_of(common));
  require_different(common, measurements.files);
  if (measurements.experts.empty()) {
    throw InputError(fmt::format("{}: error: no experts were timed here; try fit {}\n",
                                 measurements.files.front().name,
                                 fit_for(measurements)));
  }
  if (!options.dtype.empty()) {
    std::erase_if(measurements.experts, [&](const ExpertSample& sample) {
      return measurements.expert_series[sample.series].dtype != options.dtype;
    });
  }
  ExpertAnswer answer;
  answer.fits = fit_experts(measurements, holdout);
  const auto chosen = choose(answer.fits);
  if (!chosen) {
    complain(nothing_text(answer.fits));
    return ExitCode::kNo;
  }
  answer.chosen = *chosen;
  answer.written = common.out;
  answer.all_points = common.all_points;
  if (base.fabric && base.fabric->gpu) {
    answer.figures = gpu_figures(answer.fits[*chosen], *base.fabric->gpu);
    answer.gpu = gpu_name(base);
    answer.doubt = other_gpu(answer.fits[*chosen].series.device, answer.gpu);
  }
  if (!common.out.empty()) {
    const std::string wrong = wrong_sheet_text(answer);
    if (!wrong.empty()) {
      complain(wrong);
      return ExitCode::kNo;
    }
    write_calibration(common, base, calibrate(answer, provenance_of(measurements.files)));
  }
  if (common.json) {
    print(to_text(expert_fit_json(answer, measurements.files)));
  } else {
    show(expert_fit_text(answer, measurements.files));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_compute(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitComputeOptions>();
  CLI::App* command = fit.add_subcommand("compute", "Time of the experts of a rank");
  add_fit_options(*command, options->common);
  command->add_option("--dtype", options->dtype, "Weights of this type only, e.g. fp8")
      ->type_name("NAME");
  command->add_option("--holdout", options->holdout, "Predict these from the rest: ep=32, 20%")
      ->type_name("ep=N|SHARE");
  command->callback(
      [options, &action] { action = [options] { return run_fit_compute(*options); }; });
}

}  // namespace wideep
