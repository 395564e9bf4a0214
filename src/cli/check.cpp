#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "engines/runs.h"
#include "input/check_files.h"
#include "input/diagnostic.h"
#include "report/check_report.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

struct CheckOptions {
  CheckRequest request;
  bool json = false;
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

ExitCode run_check(const CheckOptions& options) {
  CheckReport report;
  std::vector<Finding>& findings = report.findings;
  std::vector<CheckedFile> files;
  try {
    files = check_files(options.request);
  } catch (const InputError& error) {
    if (!options.json || error.faults().empty()) throw;
    print(to_text(check_json({.findings = findings_of(error), .files = {}})));
    return ExitCode::kBadInput;
  }
  for (const CheckedFile& file : files) {
    const std::size_t before = findings.size();
    if (file.plan) add(findings_in(*file.plan), file, findings);
    if (file.problem) add(findings_in(with_engines(*file.problem)), file, findings);
    if (file.model) add(findings_in(*file.model), file, findings);
    FileReport& known = report.files.emplace_back(FileReport{.file = file.path});
    known.kind = name_of(file.kind);
    if (file.model) known.model = describe(*file.model);
    if (findings.size() == before) known.verdict = verdict(file);
  }
  print(options.json ? to_text(check_json(report)) : printable(check_text(report)));
  const bool failed = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.grade == Grade::kError;
  });
  return failed ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Say whether files are sound and feasible, for CI");
  command
      ->add_option("files", options->request.files, "Workload, fabric, search, model, kernel files")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "-f,--fabric", options->request.fabric, "Fabric file or preset for the workloads")
      ->type_name("FILE|NAME");
  command
      ->add_option(
          "--root", options->request.root, "Read files below it only; default: their folder")
      ->type_name("DIR");
  command->add_option("--set", options->request.set, "Override a value, as in optimize")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "Print findings as JSON (docs/json.md)");
  command->callback([options, &action] { action = [options] { return run_check(*options); }; });
}

}  // namespace wideep
