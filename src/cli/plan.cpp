#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "input/read_plan.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

struct PlanOptions {
  ProblemOptions problem;
  std::vector<std::string> fabrics;
  bool verbose = false;
};

ExitCode show_one(const PlanOptions& options, const PlanQuestion& question) {
  const PlanReport report = report_plan(question);
  if (options.problem.json) {
    print(to_text(plan_json(question, report)));
  } else {
    show(plan_text(question, report, detail_of(options.verbose)));
  }
  return report.result.best ? ExitCode::kOk : ExitCode::kNo;
}

ExitCode run_plan(const PlanOptions& options) {
  ProblemFiles files = files_of(options.problem);
  if (options.fabrics.size() == 1) files.fabric = options.fabrics.front();
  if (options.fabrics.size() < 2) return show_one(options, read_plan(files));
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
  add_verbose(*command, options->verbose);
  command->callback([options, &action] { action = [options] { return run_plan(*options); }; });
}

}  // namespace wideep
