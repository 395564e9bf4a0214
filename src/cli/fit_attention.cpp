#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cli/data_sheet.h"
#include "cli/fit_options.h"
#include "cli/option_values.h"
#include "fit/attention_fit.h"
#include "input/read_attention_shape.h"
#include "report/attention_fit_report.h"

namespace wideep {
namespace {

struct FitAttentionOptions {
  FitOptions common;
  std::string model = "deepseek-v3";
  std::string dtype;
  std::string holdout;
};

AttentionSetting setting_of(const FitAttentionOptions& options, const BaseFabric& base) {
  if (!has_data_sheet(base)) {
    throw InputError(
        "wideep-opt: fit attention needs --base FABRIC with a GPU's data sheet: it says which "
        "share of it attention reaches\n");
  }
  AttentionSetting setting{.shape = read_attention_shape(options.model), .gpu = *base.fabric->gpu};
  if (const auto in_fp8 = meaning_of(kAttentionTypeWords, options.dtype)) {
    setting.shape.attends_in_fp8 = in_fp8;
  }
  return setting;
}

/// Throws where attention was timed on two kinds of GPU: no figures are of both.
void require_one_gpu(const Measurements& measurements) {
  std::string first;
  for (const AttentionSeries& series : measurements.attention_series) {
    if (series.device.empty()) continue;
    if (first.empty()) first = series.device;
    if (series.device != first) {
      throw InputError(fmt::format(
          "wideep-opt: {} was measured, and {} too: fit them apart\n", first, series.device));
    }
  }
}

std::string nothing_text(const std::vector<AttentionFit>& fits) {
  std::string text = "wideep-opt: the measurements do not determine the time of attention\n";
  for (const AttentionFit& fit : fits) {
    text += fmt::format("  {}: {}\n", name_of(fit.phase), fit.reason);
  }
  return text + "  = help: docs/measuring.md#attention says what to measure\n";
}

ExitCode run_fit_attention(const FitAttentionOptions& options) {
  const FitOptions& common = options.common;
  const double holdout = share_held_out(options.holdout);
  LogHints hints = hints_of(common);
  const BaseFabric base = base_of(common);
  const AttentionSetting setting = setting_of(options, base);
  hints.attention = setting.shape;
  const Measurements measurements = read_logs(common.files, hints);
  require_different(common, measurements.files);
  if (measurements.attention.empty()) {
    throw InputError(fmt::format("{}: error: no attention was timed here; try fit {}\n",
                                 measurements.files.front().name,
                                 fit_for(measurements)));
  }
  require_one_gpu(measurements);
  AttentionAnswer answer;
  answer.fits = fit_attention(measurements, setting, holdout);
  const bool any = std::any_of(answer.fits.begin(), answer.fits.end(), [](const auto& fit) {
    return fit.estimates.has_value();
  });
  if (!any) {
    complain(nothing_text(answer.fits));
    return ExitCode::kNo;
  }
  answer.model = options.model;
  answer.gpu = gpu_name(base);
  answer.doubt = other_gpu(answer.fits.front().device, answer.gpu);
  answer.written = common.out;
  answer.all_points = common.all_points;
  write_calibration(common, base, calibrate(answer, provenance_of(measurements.files)));
  if (common.json) {
    print(to_text(attention_fit_json(answer, measurements.files)));
  } else {
    show(attention_fit_text(answer, measurements.files));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_attention(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitAttentionOptions>();
  CLI::App* command = fit.add_subcommand("attention", "Time of attention and its projections");
  add_fit_options(*command, options->common);
  command->add_option("--model", options->model, "Whose attention was timed; default deepseek-v3")
      ->type_name("NAME|FILE");
  command
      ->add_option("--attention-dtype", options->dtype, "Its arithmetic; default as the GPU does")
      ->check(one_of(words_of(kAttentionTypeWords)))
      ->type_name(alternatives(kAttentionTypeWords));
  command->add_option("--holdout", options->holdout, "Predict this share from the rest: 20%")
      ->type_name("SHARE");
  command->callback(
      [options, &action] { action = [options] { return run_fit_attention(*options); }; });
}

}  // namespace wideep
