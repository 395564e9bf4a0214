#include "search/optimize.h"

#include <map>
#include <memory>

#include "cli/command.h"
#include "model/thresholds.h"
#include "report/optimize_report.h"
#include "report/result_json.h"

namespace wideep {
namespace {

struct OptimizeOptions {
  ProblemOptions problem;
  Solver solver = Solver::kBoth;
};

ExitCode run_optimize(const OptimizeOptions& options) {
  const Problem problem = read_problem(options.problem);
  const SearchResult result = optimize(problem, options.solver);
  const bool found = result.optimum.has_value();
  const Thresholds at_optimum =
      found ? thresholds(problem, result.optimum->config.kernel, result.optimum->config.ep_width)
            : Thresholds{};

  if (options.problem.json) {
    print(to_text(optimize_json(problem, result, at_optimum)));
  } else {
    print(found ? optimize_text(problem, result, at_optimum) : infeasible_text(problem, result));
  }
  return found ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_optimize(CLI::App& app, Action& action) {
  auto options = std::make_shared<OptimizeOptions>();
  CLI::App* command =
      app.add_subcommand("optimize", "Find the best EP width, kernel, chunks and overlap");
  add_problem_options(*command, options->problem);
  const std::map<std::string, Solver> solvers = {
      {"nlopt", Solver::kNlopt}, {"exhaustive", Solver::kExhaustive}, {"both", Solver::kBoth}};
  command->add_option("--solver", options->solver, "nlopt, exhaustive or both; default: both")
      ->transform(CLI::CheckedTransformer(solvers))
      ->type_name("NAME");
  command->callback([options, &action] { action = [options] { return run_optimize(*options); }; });
}

}  // namespace wideep
