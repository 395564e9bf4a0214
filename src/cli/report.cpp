#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/page_file.h"
#include "input/read_plan.h"

namespace wideep {
namespace {

struct ReportOptions {
  ProblemOptions problem;
  std::string out;
};

ExitCode run_report(const ReportOptions& options) {
  const ProblemFiles files = files_of(options.problem);
  Texts texts;
  const ProblemTrees trees = load_trees(files, texts);
  const AnyQuestion question = assemble_any(files.set, trees, texts);
  const PageStart start{.command = question.plan ? "plan" : "optimize"};
  if (options.problem.json) {
    print(to_text(scenario_json(files, trees, start)));
    return ExitCode::kOk;
  }
  if (options.out.empty()) throw InputError("wideep-opt: report needs --out FILE, or --json\n");
  check_html(options.out);
  write_html(options.out, files, start);
  return ExitCode::kOk;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Write a page in which numbers can be moved");
  add_problem_options(*command, options->problem);
  CLI::Option* const json = command->get_option("--json")->description(
      "Print what the page starts from (docs/page.md#scenario)");
  command->add_option("--out", options->out, "Write the page there")
      ->check(file_name())
      ->excludes(json)
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return run_report(*options); }; });
}

}  // namespace wideep
