#include "search/optimize.h"

#include <array>
#include <memory>

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/page_file.h"
#include "cli/sensitivity_options.h"
#include "engines/runs.h"
#include "model/placed.h"
#include "report/optimize_report.h"

namespace wideep {
namespace {

struct OptimizeOptions {
  ProblemOptions problem;
  SensitivityOptions sensitivity;
  std::string solver = "both";
  bool verbose = false;
  std::string html;
};

constexpr std::array<Word<Solver>, 4> kSolverWords = {{{"nlopt", Solver::kNlopt},
                                                       {"bounds", Solver::kBounds},
                                                       {"exhaustive", Solver::kExhaustive},
                                                       {"both", Solver::kBoth}}};

ExitCode run_optimize(const OptimizeOptions& options) {
  check_html(options.html);
  const ProblemFiles files = files_of(options.problem);
  const ReadAgain read = read_again(files);
  const Problem problem = with_engines(read.problem);
  const SearchResult result = optimize(problem, *meaning_of(kSolverWords, options.solver));
  OptimizeReport report = report_on(problem, result);
  if (report.optimum) {
    const Config& answered = report.answer().prediction.config;
    report.sensitivity = sensitivity_report(
        options.sensitivity,
        read,
        {.config = answered, .base = answered, .rival = rival_of(problem, result)});
  }
  if (options.problem.json) {
    print(to_text(optimize_json(problem, report)));
  } else {
    const Problem answered =
        report.optimum ? placed(problem, report.answer().prediction.config) : problem;
    show(optimize_text(answered, report, detail_of(options.verbose)));
  }
  write_html(options.html, files, {.command = "optimize"});
  return report.optimum ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_optimize(CLI::App& app, Action& action) {
  auto options = std::make_shared<OptimizeOptions>();
  CLI::App* command =
      app.add_subcommand("optimize", "Find the best EP width, kernel, chunks and overlap");
  add_problem_options(*command, options->problem);
  command->add_option("--solver", options->solver, "Default: both (docs/search.md)")
      ->check(one_of(words_of(kSolverWords)))
      ->type_name(alternatives(kSolverWords));
  add_sensitivity_options(*command, options->sensitivity);
  add_verbose(*command, options->verbose);
  add_html(*command, options->html);
  command->callback([options, &action] { action = [options] { return run_optimize(*options); }; });
}

}  // namespace wideep
