#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/compared_argument.h"
#include "cli/option_values.h"
#include "emit/engine_setting.h"
#include "emit/launch_files.h"
#include "emit/launch_set.h"
#include "engines/runs.h"
#include "input/read_plan.h"
#include "report/emit_report.h"
#include "report/optimize_report.h"
#include "report/plan_report.h"
#include "rules/findings.h"
#include "search/answer.h"

namespace wideep {
namespace {

struct EmitOptions {
  ProblemOptions problem;
  std::string engine;
  std::string format = "shell";
  std::string config;
  std::string model;
  std::string version;
  std::string out;
};

constexpr std::array<Word<ServingEngine>, 3> kEngineWords = {{{"vllm", ServingEngine::kVllm},
                                                              {"sglang", ServingEngine::kSglang},
                                                              {"trtllm", ServingEngine::kTrtllm}}};

constexpr std::array<Word<LaunchFormat>, 4> kFormatWords = {
    {{"shell", LaunchFormat::kShell},
     {"kubernetes", LaunchFormat::kKubernetes},
     {"dynamo", LaunchFormat::kDynamo},
     {"srt-slurm", LaunchFormat::kSrtSlurm}}};

LaunchTarget target_of(const EmitOptions& options) {
  LaunchTarget target{.engine = *meaning_of(kEngineWords, options.engine)};
  if (!options.version.empty()) {
    target.version = version_in("engine:" + options.version);
    if (!target.version) {
      refuse_option("--version-of-engine",
                    fmt::format("'{}' is no version", options.version),
                    "write it as 0.12.0");
    }
    const EngineVersion oldest = oldest_known(target.engine);
    if (*target.version < oldest) {
      refuse_option("--version-of-engine",
                    fmt::format("what {} {} calls its settings is not known",
                                title_of(target.engine),
                                options.version),
                    fmt::format("known from {}.{} on", oldest.major, oldest.minor));
    }
  }
  return target;
}

EmitReport of_problem(const EmitOptions& options,
                      const Problem& problem,
                      const LaunchTarget& target) {
  if (options.config.empty()) return emit_report(problem, std::nullopt, target);
  std::vector<std::string> faults;
  const ComparedArgument argument = read_argument(options.config, faults);
  if (!argument.config) faults.emplace_back("it names no configuration, such as ep=64,kernel=LL");
  if (!faults.empty()) refuse_option("--config", faults.front(), "docs/planning.md#compare");
  return emit_report(problem, config_of(*argument.config, problem), target);
}

/// Why nothing is feasible, as the command that searches says it.
void show_infeasible(const AnyQuestion& question) {
  if (question.plan) {
    show(plan_text(*question.plan, report_plan(*question.plan), Detail::kScreen));
    return;
  }
  const Problem problem = with_engines(*question.problem);
  const OptimizeReport report = report_on(problem, optimize(problem, Solver::kBounds));
  show(optimize_text(problem, report, Detail::kScreen));
}

ExitCode run_emit(const EmitOptions& options) {
  const LaunchTarget target = target_of(options);
  ProblemFiles files = files_of(options.problem);
  files.set.push_back("engine=" + options.engine);
  const AnyQuestion question = read_any(files);
  if (question.plan && !options.config.empty()) {
    refuse_option("--config",
                  "one configuration is of one role, and this workload asks for a deployment",
                  "leave it out, or ask with a workload that has no traffic");
  }
  const bool one_line = std::none_of(options.model.begin(),
                                     options.model.end(),
                                     [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (!one_line) {
    refuse_option("--model", "it has control characters in it", "a path or a name of one line");
  }
  EmitReport report = question.plan ? emit_report(*question.plan, target)
                                    : of_problem(options, with_engines(*question.problem), target);
  if (report.set && !options.model.empty()) report.set->model = options.model;
  const LaunchFormat format = *meaning_of(kFormatWords, options.format);
  if (report.set && !can_write(*report.set, format)) {
    report.refused.emplace_back(
        "TensorRT-LLM's ranks on several nodes are started by MPI, which pods do not bring: "
        "--format dynamo or srt-slurm");
    report.set.reset();
  }
  if (options.problem.json) {
    print(to_text(emit_json(report, options.format, format)));
  } else if (report.set && options.out.empty()) {
    print(launch_file(*report.set, format));
  } else if (report.set) {
    write_file(options.out, launch_file(*report.set, format));
  } else if (report.refused.empty()) {
    show_infeasible(question);
  } else {
    show(emit_refusal(report));
  }
  return report.set ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_emit(CLI::App& app, Action& action) {
  auto options = std::make_shared<EmitOptions>();
  CLI::App* command =
      app.add_subcommand("emit", "Write the answer as a file that starts an engine");
  add_problem_options(*command, options->problem);
  CLI::Option* const json = command->get_option("--json");
  command->add_option("--engine", options->engine, "The engine that is started")
      ->required()
      ->check(one_of(words_of(kEngineWords)))
      ->type_name(alternatives(kEngineWords));
  command->add_option("--format", options->format, "Default: shell (docs/engines.md#formats)")
      ->check(one_of(words_of(kFormatWords)))
      ->type_name(alternatives(kFormatWords));
  command->add_option("--config", options->config, "A configuration in place of the best")
      ->type_name("ep=64,kernel=LL");
  command->add_option("--model", options->model, "Path or name of the model for the engine")
      ->type_name("NAME");
  command
      ->add_option(
          "--version-of-engine", options->version, "Names as of that release; default: the newest")
      ->type_name("VERSION");
  command->add_option("--out", options->out, "Write it there instead")
      ->excludes(json)
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return run_emit(*options); }; });
}

}  // namespace wideep
