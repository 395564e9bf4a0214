#include <memory>

#include "cli/command.h"
#include "cli/config_options.h"
#include "cli/sensitivity_options.h"
#include "engines/runs.h"
#include "model/coverage.h"
#include "model/limits.h"
#include "model/placed.h"
#include "report/explain_report.h"
#include "search/answer.h"

namespace wideep {
namespace {

struct ExplainOptions {
  ProblemOptions problem;
  ConfigOptions config;
  SensitivityOptions sensitivity;
  bool verbose = false;
};

/// How sure it is that the configuration is the best; of one that breaks limits where that is asked
/// for.
SensitivityReport sensitivity_of(const SensitivityOptions& options,
                                 const ReadAgain& read,
                                 const Problem& problem,
                                 const ExplainReport& report) {
  const Config& config = report.here.prediction.config;
  if (!options.wanted && !report.limits.empty()) {
    return {.reason = "the configuration is infeasible; see --sensitivity"};
  }
  const Answer best = answer(problem);
  if (best.used() == nullptr) return {.reason = "nothing in the search space is feasible"};
  const Config& base = best.used()->config;
  return sensitivity_report(options, read, {.config = config, .base = base, .rival = base});
}

ExitCode run_explain(const ExplainOptions& options) {
  const ReadAgain read = read_again(files_of(options.problem));
  const Problem asked = with_engines(read.problem);
  const Config config = config_of(options.config, asked);
  const Problem problem = placed(asked, config);
  const bool json = options.problem.json;
  const std::vector<BrokenLimit> limits = broken_limits(problem, config);
  if (!can_price(problem, config)) {
    const std::vector<LimitText> texts = texts_of(problem, limits);
    json ? print(to_text(unpriced_json(texts))) : show(unpriced_text(texts));
    return ExitCode::kNo;
  }
  ExplainReport report = report_on(problem, config, limits);
  report.sensitivity = sensitivity_of(options.sensitivity, read, asked, report);
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
  add_sensitivity_options(*command, options->sensitivity);
  add_verbose(*command, options->verbose);
  command->callback([options, &action] { action = [options] { return run_explain(*options); }; });
}

}  // namespace wideep
