#include <memory>

#include <fmt/format.h>

#include "cli/data_sheet.h"
#include "cli/fit_options.h"
#include "cli/option_values.h"
#include "cli/step_rows_check.h"
#include "engines/runs.h"
#include "fit/step_fit.h"
#include "input/ranges.h"
#include "input/read_problem.h"
#include "model/step.h"
#include "report/step_fit_report.h"

namespace wideep {
namespace {

struct FitStepOptions {
  FitOptions common;
  ProblemFiles files;
  std::string kernel;
  std::string overlap;
  std::optional<int> ranks;
  std::vector<std::string> only;
  std::string holdout;
};

[[noreturn]] void refuse_step(const std::string& message) {
  throw InputError("wideep-opt: " + message + "\n");
}

ProblemAndFabric problem_of(const FitStepOptions& options) {
  ProblemFiles files = options.files;
  if (files.fabric && !options.common.base.empty()) {
    refuse_step(
        "give --fabric or --base, which is the same here: the fabric that steps are "
        "computed with, and that the calibration starts from");
  }
  if (!options.common.base.empty()) files.fabric = options.common.base;
  ProblemAndFabric read = read_problem_and_fabric(files);
  const Workload& workload = read.problem.workload;
  if (workload.traffic.phase == Phase::kPrefill) {
    refuse_step("fit step is of decode, and the workload's phase is prefill");
  }
  const ModelShape& shape = workload.model.shape;
  if (!has_data_sheet(read.fabric) || !attends(shape)) {
    refuse_step(
        "fit step computes whole steps: it needs a model that says its attention, and a "
        "fabric with a GPU's data sheet");
  }
  return read;
}

std::vector<SeriesFilter> filters_of(const FitStepOptions& options) {
  std::vector<SeriesFilter> filters;
  for (const std::string& text : options.only) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (equals == std::string::npos || !is_step_filter_key(key)) {
      refuse_step(
          fmt::format("--only '{}' must be KEY=VALUE with one of engine, model, precision, device, "
                      "kernel, overlap, ep",
                      text));
    }
    filters.push_back({key, text.substr(equals + 1)});
  }
  return filters;
}

/// What the options say, else the workload where it leaves no choice.
StepDefaults defaults_of(const FitStepOptions& options, const Problem& problem) {
  StepDefaults defaults;
  if (problem.space.ep_widths.size() == 1) defaults.ep_width = problem.space.ep_widths.front();
  if (!options.kernel.empty()) {
    if (const std::string why = unknown_kernel(options.kernel, problem.fabric); !why.empty()) {
      refuse_step(why);
    }
    defaults.kernel = options.kernel;
  } else if (problem.space.kernels.size() == 1) {
    defaults.kernel = problem.fabric.kernels[problem.space.kernels.front()].name;
  }
  if (!options.overlap.empty()) defaults.overlap = *meaning_of(kOverlapWords, options.overlap);
  defaults.ranks = options.ranks;
  return defaults;
}

/// What was taken for granted.
std::vector<std::string> notes_of(const StepRows& rows, const FitStepOptions& options) {
  std::vector<std::string> notes;
  const auto say = [&](int count, const std::string& what) {
    if (count > 0) notes.push_back(fmt::format("{} row{} {}", count, count == 1 ? "" : "s", what));
  };
  say(rows.without_ttft,
      "without TTFT or output length: the whole batch is taken to decode at a time");
  say(rows.ranks_taken,
      "without ranks: the concurrency is spread over as many as the EP width (--ranks)");
  if (options.overlap.empty()) {
    say(rows.overlap_taken, "that say no overlap are taken to have none (--overlap)");
  }
  say(rows.unknown_models, "name a model, and the workload's has no name to compare");
  return notes;
}

std::vector<std::string> workload_warnings(const Problem& problem) {
  std::vector<std::string> warnings;
  const StatedFigures& stated = problem.workload.stated;
  const auto stands = [&](const char* key, bool given) {
    if (!given) return;
    warnings.push_back(
        fmt::format("the workload states {0}, which goes before a calibration's: leave it out, or "
                    "--set {0}=null.",
                    key));
  };
  stands("serving_efficiency", stated.serving_efficiency.has_value());
  stands("step_overhead", stated.step_overhead.has_value());
  const auto* const tokens = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
  if (tokens != nullptr && !tokens->stated) {
    warnings.push_back(fmt::format(
        "expert_load is not stated, and {} is taken: batches of rows are each rank's own, for "
        "which T*k is right.",
        name_of(tokens->expert_load)));
  }
  return warnings;
}

/// What a prediction goes by without this fit.
StepFigures figures_before(const Problem& problem) {
  const Figures& figures = problem.workload.figures;
  const bool unset = figures.efficiency_origin == ServingOrigin::kDefault;
  return {.efficiency = unset ? kServingEfficiency : figures.outside.efficiency,
          .overhead = figures.outside.overhead};
}

std::string nothing_fitted(const StepAnswer& answer) {
  std::string text = fmt::format(
      "wideep-opt: the rows do not determine the serving efficiency\n  {}\n", answer.fit.reason);
  for (const SkippedRows& skipped : answer.rows.skipped) {
    text += fmt::format(
        "  left out: {} row{}, {}\n", skipped.rows, skipped.rows == 1 ? "" : "s", skipped.why);
  }
  return text + "  = help: docs/measuring.md#step says what to measure\n";
}

/// As the engine of the rows runs it, where the workload names none and we know it.
Problem served_by(const std::string& engine, Problem problem) {
  if (const Engine* const known = engine_named(engine); known && !problem.workload.engine) {
    problem.workload.engine = known->id;
  }
  return with_engines(std::move(problem));
}

ExitCode run_fit_step(const FitStepOptions& options) {
  const FitOptions& common = options.common;
  const double holdout = share_held_out(options.holdout);
  const std::vector<SeriesFilter> only = filters_of(options);
  const LogHints hints = hints_of(common);
  const ProblemAndFabric read = problem_of(options);
  const StepDefaults defaults = defaults_of(options, read.problem);
  const Measurements measurements = read_logs(common.files, hints);
  require_different(common, measurements.files);
  if (measurements.steps.empty()) {
    throw InputError(fmt::format("{}: error: nothing was served here; try fit {}\n",
                                 measurements.files.front().name,
                                 fit_for(measurements)));
  }
  const StepRowsCheck check(measurements, only);
  StepAnswer answer;
  answer.engine = check.engine();
  const Problem problem = served_by(answer.engine, read.problem);
  const std::string device = check.device();
  check.require_known(defaults, problem.fabric);
  answer.rows = step_rows(measurements, problem, defaults, only);
  answer.fit = fit_step(answer.rows.points, figures_before(problem), holdout);
  if (!answer.fit.reason.empty()) {
    complain(nothing_fitted(answer));
    return ExitCode::kNo;
  }
  answer.kernels = problem.fabric.kernels;
  answer.model = problem.workload.model.name;
  answer.gpu = gpu_name(read.fabric);
  answer.doubt = other_gpu(device, answer.gpu);
  answer.notes = notes_of(answer.rows, options);
  answer.warnings = workload_warnings(problem);
  answer.written = common.out;
  answer.all_points = common.all_points;
  write_calibration(common, read.fabric, calibrate(answer, provenance_of(measurements.files)));
  if (common.json) {
    print(to_text(step_fit_json(answer, measurements.files)));
  } else {
    show(step_fit_text(answer, measurements.files));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_step(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitStepOptions>();
  CLI::App* command =
      fit.add_subcommand("step", "Serving efficiency and overhead, from served TPOT");
  add_fit_options(*command, options->common);
  command->add_option("-w,--workload", options->files.workload, "What was served")
      ->required()
      ->type_name("FILE");
  command->add_option("-f,--fabric", options->files.fabric, "The same as --base here")
      ->type_name("FILE|NAME");
  command->add_option("--set", options->files.set, "Override a key, e.g. straggler_factor=1.2")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--kernel", options->kernel, "Kernel of rows that do not say it, e.g. LL")
      ->type_name("NAME");
  command->add_option("--overlap", options->overlap, "Of rows that do not say it; default: none")
      ->check(one_of({"none", "dbo"}))
      ->type_name("none|dbo");
  command->add_option("--ranks", options->ranks, "That share a concurrency; default: EP width")
      ->check(whole_number(range::kEpWidth.low, range::kEpWidth.high))
      ->type_name("N");
  command->add_option("--only", options->only, "Only these: engine=vllm,ep=32")
      ->type_name("KEY=VALUE")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--holdout", options->holdout, "Predict this share from the rest: 20%")
      ->type_name("SHARE");
  command->callback([options, &action] { action = [options] { return run_fit_step(*options); }; });
}

}  // namespace wideep
