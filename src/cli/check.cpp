#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/check_deployments.h"
#include "cli/check_fixes.h"
#include "cli/check_regret.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "engines/runs.h"
#include "input/check_files.h"
#include "input/diagnostic.h"
#include "report/check_report.h"
#include "report/plan_report.h"
#include "rules/known.h"

namespace wideep {
namespace {

struct CheckOptions {
  CheckRequest request;
  DeploymentOptions deployment;
  RegretOptions regret;
  std::vector<std::string> include;
  std::string format = "text";
  std::string rule;  ///< to be explained
  bool json = false;
  bool fix = false;
};

/// The line of a file that a finding speaks of.
std::optional<int> line_of(const CheckedFile& file, Subject subject) {
  switch (subject) {
    case Subject::kSearch:
      return file.ep_width_line;
    case Subject::kTokens:
      return file.tokens_line;
    case Subject::kModel:
      break;
  }
  return std::nullopt;
}

void add(std::vector<Finding> found, const CheckedFile& file, std::vector<Finding>& findings) {
  for (Finding& finding : found) {
    finding.file = file.path;
    finding.line = line_of(file, finding.subject);
    findings.push_back(std::move(finding));
  }
}

/// What stands in the way of every deployment; nothing where one holds what is asked.
std::vector<Finding> findings_in(const PlanQuestion& question) {
  std::vector<Finding> findings;
  for (const PlanObstacle& obstacle : best_plan(question).obstacles) {
    for (const LimitText& limit : texts_of(question, obstacle)) {
      findings.push_back({.rule = std::string(limit.rule),
                          .grade = Grade::kError,
                          .message = limit.message,
                          .fix = limit.fix});
    }
  }
  return findings;
}

std::string verdict(const CheckedFile& file) {
  if (file.plan) {
    return "sound, and a deployment holds it on " + file.plan->decode.fabric.name;
  }
  if (file.problem) {
    const std::string& fabric = file.problem->fabric.name;
    return "sound and feasible on " + (fabric.empty() ? "the fabric in it" : fabric);
  }
  return file.kind == FileKind::kWorkload ? "sound; give a fabric to see whether it is feasible"
                                          : "sound";
}

/// Faults of files that cannot be used, as findings.
std::vector<Finding> findings_of(const InputError& error) {
  std::vector<Finding> findings;
  for (const InputFault& fault : error.faults()) {
    findings.push_back({.rule = fault.rule,
                        .grade = Grade::kError,
                        .message = fault.message,
                        .fix = fault.fix,
                        .file = fault.file,
                        .line = fault.line});
  }
  return findings;
}

bool is_error(const Finding& finding) {
  return finding.grade == Grade::kError;
}

/// What is said of our own files.
void check_ours(const CheckRequest& request, CheckReport& report) {
  if (request.files.empty()) {
    if (request.set.empty()) return;
    throw InputError(InputFault{
        .rule = "bad_input",
        .file = "--set",
        .line = {},
        .message = "it changes workload and fabric files, and none is given",
        .fix = "--model, --fabric and --traffic say what files that start engines do not"});
  }
  for (const CheckedFile& file : check_files(request)) {
    std::vector<Finding>& findings = report.findings;
    const std::size_t before = findings.size();
    if (file.plan) add(findings_in(*file.plan), file, findings);
    if (file.problem) add(findings_in(with_engines(*file.problem)), file, findings);
    if (file.model) add(findings_in(*file.model), file, findings);
    FileReport& known = report.files.emplace_back(FileReport{.file = file.path});
    known.kind = name_of(file.kind);
    if (file.model) known.model = describe(*file.model);
    const bool sound = std::none_of(
        findings.begin() + static_cast<std::ptrdiff_t>(before), findings.end(), is_error);
    if (sound) known.verdict = verdict(file);
  }
}

/// What the command line says of deployments' models, machines and requests.
PricedBy priced_by(const CheckOptions& options) {
  PricedBy by;
  if (options.deployment.model) by.model = model_preset_of(*options.deployment.model);
  if (options.request.fabric) {
    const auto preset = fabric_preset_of(*options.request.fabric);
    by.fabric = preset ? preset : options.request.fabric;
  }
  if (options.regret.traffic) by.traffic = read_requests(*options.regret.traffic);
  return by;
}

std::string written(const CheckReport& report, const std::string& format) {
  if (format == "json") return to_text(check_json(report));
  if (format == "sarif") return to_text(check_sarif(report));
  if (format == "junit") return check_junit(report);
  if (format == "github") return printable(check_github(report));
  return printable(laid_out(check_text(report), display_of(stdout)));
}

bool fails(const CheckReport& report) {
  return std::any_of(report.findings.begin(), report.findings.end(), is_error);
}

ExitCode run_check(const CheckOptions& options) {
  if (!options.rule.empty()) {
    print(explained_rule(options.rule));
    return ExitCode::kOk;
  }
  const std::string format = options.json ? "json" : options.format;
  CheckReport report;
  CheckRequest request = options.request;
  DeploymentOptions known = options.deployment;
  known.fabric = request.fabric;
  check_ignored(known);
  const auto deployments = take_deployments(request, options.include);
  try {
    const PricedBy by = priced_by(options);
    const auto& most = options.regret.max_regret;
    const auto share = most ? std::optional(share_of("--max-regret", *most)) : std::nullopt;
    for (const auto& file : deployments) {
      check_deployment(*file, known, report);
      if (!options.regret.off) check_regret(*file, by, share, known.ignored, report);
      count_findings(*file, report);
    }
    check_ours(request, report);
  } catch (const InputError& error) {
    if (format == "text" || error.faults().empty()) throw;
    print(written({.findings = findings_of(error), .files = {}}, format));
    return ExitCode::kBadInput;
  }
  if (options.fix) {
    for (const auto& file : deployments) print(fixes_of(*file, known));
  } else {
    print(written(report, format));
  }
  return fails(report) ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Say whether files are sound and feasible, for CI");
  CLI::Option* files =
      command
          ->add_option("files",
                       options->request.files,
                       "What starts engines; workload, fabric, model, kernel files")
          ->type_name("FILE");
  command
      ->add_option(
          "-f,--fabric", options->request.fabric, "Fabric file or preset, whatever files say")
      ->type_name("FILE|NAME");
  command->add_option("-m,--model", options->deployment.model, "Model, whatever files say")
      ->type_name("NAME");
  command
      ->add_option(
          "--engine-version", options->deployment.version, "Of the engine, instead of the image's")
      ->type_name("X.Y.Z");
  command->add_option("--traffic", options->regret.traffic, "Requests, whatever files say")
      ->type_name("FILE");
  command
      ->add_option(
          "--max-regret", options->regret.max_regret, "Fail where a step is slower by more")
      ->type_name("SHARE");
  command->add_flag("--rules-only", options->regret.off, "Price nothing");
  command->add_option("--ignore", options->deployment.ignored, "Rules not to speak of, by name")
      ->type_name("RULE")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option(
          "--root", options->request.root, "Read files below it only; default: their folder")
      ->type_name("DIR");
  command->add_option("--include", options->include, "Files that commands name, from elsewhere")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--set", options->request.set, "Override a value, as in optimize")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  CLI::Option* format =
      command->add_option("--format", options->format, "How findings are written (docs/ci.md)");
  format->check(CLI::IsMember({"text", "json", "github", "sarif", "junit"}))->type_name("FORMAT");
  CLI::Option* json =
      command->add_flag("--json", options->json, "The same as --format json (docs/json.md)");
  command->add_flag("--fix", options->fix, "Print what mends the files, as a diff")
      ->excludes(format)
      ->excludes(json);
  command->add_option("--explain", options->rule, "Say what a rule is, and why")->type_name("RULE");
  command->callback([options, files, &action] {
    if (options->rule.empty() && options->request.files.empty()) {
      throw CLI::RequiredError(files->get_name());
    }
    action = [options] { return run_check(*options); };
  });
}

}  // namespace wideep
