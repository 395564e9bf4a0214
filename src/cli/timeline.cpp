#include "report/timeline.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/config_options.h"
#include "cli/option_values.h"
#include "cli/terminal.h"
#include "input/diagnostic.h"
#include "model/coverage.h"
#include "model/limits.h"
#include "model/placed.h"
#include "report/explain_report.h"

namespace wideep {
namespace {

constexpr double kStages = 3.0;
constexpr double kMostSlices = 100'000.0;  // 150 MB while the trace is written

/// Two layers show how one runs into the next.
constexpr int kDefaultLayers = 2;

struct TimelineOptions {
  ProblemOptions problem;
  ConfigOptions config;
  std::optional<int> layers;
  std::string out;
  bool ascii = false;
};

ExitCode run_timeline(const TimelineOptions& options) {
  const Problem asked = read_problem(options.problem);
  const Config config = config_of(options.config, asked);
  const Problem problem = placed(asked, config);
  const std::vector<LimitText> limits = texts_of(problem, broken_limits(problem, config));
  if (!can_price(problem, config)) {
    complain(laid_out(unpriced_text(limits), display_of(stderr)));
    return ExitCode::kNo;
  }
  Timeline timeline;
  timeline.layers =
      options.layers.value_or(std::min(kDefaultLayers, problem.workload.model.moe_layers));
  const double pieces = config.overlap == Overlap::kDbo ? 2.0 : config.chunks;
  const double slices = pieces * kStages * timeline.layers;
  if (slices > kMostSlices) {
    throw InputError(fmt::format(
        "wideep-opt: {:.0f} slices are more than a viewer takes; give fewer --layers or --chunks\n",
        slices));
  }
  timeline.tasks = tasks_of(problem, config, timeline.layers);
  timeline.spans = simulate(timeline.tasks.tasks);
  const Prediction prediction = predict(problem, config);

  const Display display = options.out.empty() ? display_of(stdout) : Display{};
  const std::string text =
      options.ascii ? laid_out(gantt_text(problem, prediction, timeline, display), display)
                    : to_text(trace_json(problem, prediction, timeline));
  if (options.out.empty()) {
    print(text);
  } else {
    write_file(options.out, text);
  }
  for (const LimitText& limit : limits) {
    complain(fmt::format("wideep-opt: infeasible: {}\n", limit.message));
  }
  return limits.empty() ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_timeline(CLI::App& app, Action& action) {
  auto options = std::make_shared<TimelineOptions>();
  CLI::App* command =
      app.add_subcommand("timeline", "Write one configuration's schedule as a trace");
  add_problem_options(*command, options->problem);
  add_config_options(*command, options->config);
  constexpr int kMostLayers = 1000;
  command->add_option("--layers", options->layers, "Layers to show; default: 2")
      ->check(whole_number(1, kMostLayers))
      ->type_name("N");
  command->add_option("--out", options->out, "Write here, not to standard output")
      ->check(file_name())
      ->type_name("FILE");
  command->add_flag("--ascii", options->ascii, "Draw a Gantt chart instead of a trace");
  command->callback([options, &action] { action = [options] { return run_timeline(*options); }; });
}

}  // namespace wideep
