#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "input/check_files.h"
#include "input/diagnostic.h"
#include "report/check_report.h"
#include "report/config_report.h"
#include "search/optimize.h"

namespace wideep {
namespace {

struct CheckOptions {
  CheckRequest request;
  bool json = false;
};

/// EP widths that the file lists and no kernel can run.
void find_dead_widths(const CheckedFile& file,
                      const Problem& problem,
                      const SearchResult& result,
                      std::vector<Finding>& out) {
  std::map<int, std::vector<const BrokenLimit*>> refusals;
  for (const Excluded& choice : result.excluded) {
    if (!choice.overlap) refusals[choice.ep_width].push_back(&choice.limit);
  }
  for (const int width : problem.space.ep_widths) {
    const auto refused = refusals.find(width);
    if (refused == refusals.end()) continue;
    if (refused->second.size() < problem.space.kernels.size()) continue;
    const BrokenLimit* const limit = refused->second.back();
    out.push_back({limit->rule,
                   Grade::kWarning,
                   file.path,
                   file.ep_width_line,
                   fmt::format("EP width {} can never be chosen: {}", width, limit->message),
                   limit->fix.empty() ? "remove it from search.ep_width" : limit->fix});
  }
}

/// Where in the file a warning belongs and what to do about it.
struct Advice {
  std::string_view rule;
  Grade grade;
  const char* fix;
};
constexpr std::array<Advice, 5> kAdvice = {
    {{"expert_load_unstated",
      Grade::kWarning,
      "state expert_load: T*k (T per rank) or T*k/P (T is the group's total)"},
     {"memory_unchecked", Grade::kAdvice, "give gpu.memory and a model"},
     {"attention_not_counted", Grade::kAdvice, "give context, gpu or attention_time"},
     {"draft_layers_unknown", Grade::kAdvice, "give mtp_layers"},
     {"beyond_fitted_range", Grade::kAdvice, "measure there"}}};

/// What the best configuration's report warns of.
void find_warnings(const CheckedFile& file, const ConfigReport& best, std::vector<Finding>& out) {
  for (const Warning& warning : best.warnings) {
    if (warning.rule == kModelRule) continue;  // find_in_model says it
    const auto* advice = std::find_if(kAdvice.begin(), kAdvice.end(), [&](const Advice& one) {
      return one.rule == warning.rule;
    });
    const bool known = advice != kAdvice.end();
    const bool of_file = warning.rule == "expert_load_unstated";
    out.push_back({warning.rule,
                   known ? advice->grade : Grade::kAdvice,
                   file.path,
                   of_file ? file.tokens_line : file.ep_width_line,
                   (of_file ? "" : "the best configuration: ") + warning.message,
                   known ? advice->fix : ""});
  }
}

void find_infeasible(const CheckedFile& file,
                     const SearchResult& result,
                     std::vector<Finding>& out) {
  for (const BrokenLimit& limit : result.reasons) {
    out.push_back({limit.rule,
                   Grade::kError,
                   file.path,
                   file.ep_width_line,
                   "no configuration is feasible: " + limit.message,
                   limit.fix});
  }
}

void find_in_workload(const CheckedFile& file, std::vector<Finding>& out) {
  const SearchResult result = optimize(*file.problem, Solver::kExhaustive);
  if (result.optimum) {
    find_dead_widths(file, *file.problem, result, out);
    find_warnings(file, report_on(*file.problem, *result.optimum), out);
  } else {
    find_infeasible(file, result, out);
  }
}

/// What was read of the model only nearly, or does not go with its name or the files beside it.
void find_in_model(const CheckedFile& file, std::vector<Finding>& out) {
  if (!file.model) return;
  for (const std::string& note : file.model->notes) {
    out.push_back({"model_read_nearly", Grade::kAdvice, file.path, std::nullopt, note, ""});
  }
  if (!file.model->mismatch) return;
  out.push_back(
      {"model_size", Grade::kWarning, file.path, std::nullopt, *file.model->mismatch, ""});
}

std::string verdict(const CheckedFile& file) {
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
    findings.push_back(
        {fault.rule, Grade::kError, fault.file, fault.line, fault.message, fault.fix});
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
    if (file.problem) find_in_workload(file, findings);
    find_in_model(file, findings);
    FileReport& known = report.files.emplace_back(FileReport{.file = file.path});
    known.kind = name_of(file.kind);
    if (file.model) known.model = describe(*file.model);
    if (findings.size() == before) known.verdict = verdict(file);
  }
  print(options.json ? to_text(check_json(report)) : check_text(report));
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
