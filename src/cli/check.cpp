#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cli/command.h"
#include "report/check_report.h"
#include "search/optimize.h"

namespace wideep {
namespace {

struct CheckOptions {
  CheckRequest request;
  bool json = false;
};

void find_unstated_load(const CheckedFile& file,
                        const Problem& problem,
                        std::vector<Finding>& out) {
  const auto* tokens = std::get_if<TokensPerRank>(&problem.workload.tokens);
  if (tokens == nullptr || tokens->stated) return;
  out.push_back({"expert_load_unstated",
                 Grade::kWarning,
                 file.path,
                 file.tokens_line,
                 "expert_load is not stated; T*k/P is assumed, which counts T as the group's total",
                 "state expert_load: T*k (T per rank) or T*k/P"});
}

/// EP widths that the file lists and no kernel can run.
void find_dead_widths(const CheckedFile& file,
                      const Problem& problem,
                      const SearchResult& result,
                      std::vector<Finding>& out) {
  for (const int width : problem.space.ep_widths) {
    std::size_t refused = 0;
    const BrokenLimit* limit = nullptr;
    for (const Excluded& choice : result.excluded) {
      if (choice.ep_width != width || choice.overlap) continue;
      ++refused;
      limit = &choice.limit;
    }
    if (refused < problem.space.kernels.size() || limit == nullptr) continue;
    out.push_back({limit->rule,
                   Grade::kWarning,
                   file.path,
                   file.ep_width_line,
                   fmt::format("EP width {} can never be chosen: {}", width, limit->message),
                   limit->fix.empty() ? "remove it from search.ep_width" : limit->fix});
  }
}

/// What the answer rests on that was measured elsewhere.
void find_beyond_range(const CheckedFile& file,
                       const Problem& problem,
                       const Prediction& optimum,
                       std::vector<Finding>& out) {
  for (const std::string& beyond : beyond_range(problem, optimum.config)) {
    out.push_back({"beyond_fitted_range",
                   Grade::kAdvice,
                   file.path,
                   file.ep_width_line,
                   "the best configuration rests on figures from elsewhere: " + beyond,
                   "measure there, or treat its times as rough"});
  }
}

void find_infeasible(const CheckedFile& file,
                     const SearchResult& result,
                     std::vector<Finding>& out) {
  std::vector<std::string> seen;
  for (const BrokenLimit& limit : result.reasons) {
    if (std::find(seen.begin(), seen.end(), limit.message) != seen.end()) continue;
    seen.push_back(limit.message);
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
  find_unstated_load(file, *file.problem, out);
  if (result.optimum) {
    find_dead_widths(file, *file.problem, result, out);
    find_beyond_range(file, *file.problem, *result.optimum, out);
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

const char* verdict(const CheckedFile& file) {
  if (file.problem) return "sound and feasible";
  return file.kind == FileKind::kWorkload ? "sound; give a fabric to see whether it is feasible"
                                          : "sound";
}

ExitCode run_check(const CheckOptions& options) {
  std::vector<Finding> findings;
  std::string summary;
  for (const CheckedFile& file : check_files(options.request)) {
    const std::size_t before = findings.size();
    if (file.problem) find_in_workload(file, findings);
    find_in_model(file, findings);
    if (file.model) summary += fmt::format("{}: {}\n", file.path, describe(*file.model));
    if (findings.size() != before) continue;
    summary += fmt::format("{}: {}, {}\n", file.path, name_of(file.kind), verdict(file));
  }
  print(options.json ? to_text(findings_json(findings)) : findings_text(findings) + summary);
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
  command->add_option("--set", options->request.set, "Override a value, as in optimize")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "Print findings as JSON (docs/json.md)");
  command->callback([options, &action] { action = [options] { return run_check(*options); }; });
}

}  // namespace wideep
