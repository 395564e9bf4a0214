#include <memory>

#include "cli/command.h"
#include "cli/config_options.h"
#include "model/coverage.h"
#include "model/limits.h"
#include "model/placed.h"
#include "report/explain_report.h"

namespace wideep {
namespace {

struct ExplainOptions {
  ProblemOptions problem;
  ConfigOptions config;
  bool verbose = false;
};

ExitCode run_explain(const ExplainOptions& options) {
  const Problem asked = read_problem(options.problem);
  const Config config = config_of(options.config, asked);
  const Problem problem = placed(asked, config);
  const bool json = options.problem.json;
  const std::vector<BrokenLimit> limits = broken_limits(problem, config);
  if (!can_price(problem, config)) {
    const std::vector<LimitText> texts = texts_of(problem, limits);
    json ? print(to_text(unpriced_json(texts))) : show(unpriced_text(texts));
    return ExitCode::kNo;
  }
  const ExplainReport report = report_on(problem, config, limits);
  if (json) {
    print(to_text(explain_json(problem, report)));
  } else {
    show(explain_text(problem, report, detail_of(options.verbose)));
  }
  return report.limits.empty() ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "Show where the time of one configuration goes");
  add_problem_options(*command, options->problem);
  add_config_options(*command, options->config);
  add_verbose(*command, options->verbose);
  command->callback([options, &action] { action = [options] { return run_explain(*options); }; });
}

}  // namespace wideep
