#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/option_values.h"
#include "input/read_plan.h"
#include "page/scenario.h"

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
  assemble_any(files.set, trees, texts);  // says what is wrong with them
  const Json scenario = scenario_json(files, trees);
  if (options.problem.json) {
    print(to_text(scenario));
    return ExitCode::kOk;
  }
  if (options.out.empty()) throw InputError("wideep-opt: report needs --out FILE, or --json\n");
  const auto page = page_of(scenario);
  if (!page) {
    throw InputError(
        "wideep-opt: this program was built without the page: scripts/run --page builds it\n");
  }
  write_file(options.out, *page);
  complain(fmt::format("wideep-opt: the page is in {}\n", options.out));
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
