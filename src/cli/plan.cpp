#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/page_file.h"
#include "cli/sensitivity_options.h"
#include "input/diagnostic.h"
#include "input/read_plan.h"
#include "input/stated_uncertainty.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

struct PlanOptions {
  ProblemOptions problem;
  std::vector<std::string> fabrics;
  SensitivityOptions sensitivity{.draws = kPlanDraws};
  bool verbose = false;
  std::string html;
};

/// Asked for by --sensitivity, or by what an input is uncertain by.
bool asks_how_sure(const SensitivityOptions& options) {
  return options.wanted || !options.uncertain.empty();
}

ExitCode show_one(const PlanOptions& options, const ProblemFiles& files) {
  const SensitivityOptions& sure = options.sensitivity;
  const ReadAgain read = read_plan_again(files);
  const PlanQuestion& question = *read.plan;
  std::vector<UncertainInput> inputs;
  if (asks_how_sure(sure)) {
    inputs = uncertain_inputs(read, read_uncertainties(sure.uncertain, read));
  }
  PlanReport report = report_plan(question);
  if (report.result.best) report.by_engine = plans_by_engine(question);
  if (asks_how_sure(sure) && report.result.best) {
    const Draws draws{
        .count = sure.draws, .seed = static_cast<std::uint64_t>(sure.seed), .threads = 0};
    report.sensitivity = plan_sensitivity(read, inputs, *report.result.best, draws);
  }
  if (options.problem.json) {
    print(to_text(plan_json(question, report)));
  } else {
    show(plan_text(question, report, detail_of(options.verbose)));
  }
  write_html(options.html, files, {.command = "plan"});
  return report.result.best ? ExitCode::kOk : ExitCode::kNo;
}

ExitCode run_plan(const PlanOptions& options) {
  check_html(options.html);
  ProblemFiles files = files_of(options.problem);
  if (options.fabrics.size() == 1) files.fabric = options.fabrics.front();
  if (options.fabrics.size() < 2) return show_one(options, files);
  if (asks_how_sure(options.sensitivity)) {
    throw InputError("wideep-opt: --sensitivity and --uncertain are of one fabric\n");
  }
  if (!options.html.empty()) throw InputError("wideep-opt: --html is of one fabric\n");
  std::vector<FabricPlan> plans;
  for (const std::string& fabric : options.fabrics) {
    files.fabric = fabric;
    plans.push_back({.question = read_plan(files), .report = {}});
  }
  for (FabricPlan& plan : plans) plan.report = report_plan(plan.question);
  sort_fabrics(plans);
  if (options.problem.json) {
    print(to_text(fabrics_json(plans)));
  } else {
    show(fabrics_text(plans));
  }
  return plans.front().report.result.best ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* command = app.add_subcommand("plan", "Find the deployment that holds a service level");
  add_problem_options(*command, options->problem, &options->fabrics);
  add_sensitivity_options(*command, options->sensitivity);
  add_verbose(*command, options->verbose);
  add_html(*command, options->html);
  command->callback([options, &action] { action = [options] { return run_plan(*options); }; });
}

}  // namespace wideep
