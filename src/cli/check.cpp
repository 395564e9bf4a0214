#include <algorithm>
#include <map>
#include <memory>
#include <vector>

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
  find_unstated_load(file, *file.problem, out);
  if (result.optimum) {
    find_dead_widths(file, *file.problem, result, out);
    find_beyond_range(file, *file.problem, *result.optimum, out);
  } else {
    find_infeasible(file, result, out);
  }
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
