// What check finds in sound files.
#include <map>

#include <fmt/format.h>

#include "report/check_report.h"
#include "report/optimize_report.h"
#include "search/optimize.h"

namespace wideep {
namespace {

/// EP widths that the file lists and no kernel can run.
void find_dead_widths(const Problem& problem,
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
    const LimitText limit = text_of(problem, *refused->second.back());
    out.push_back(
        {.rule = std::string(limit.rule),
         .grade = Grade::kWarning,
         .message = fmt::format("EP width {} can never be chosen: {}", width, limit.message),
         .fix = limit.fix.empty() ? "remove it from search.ep_width" : limit.fix});
  }
}

/// What the rules say of the best configuration.
void find_warnings(const Problem& problem, const Prediction& best, std::vector<Finding>& out) {
  for (const Warning& warning : warnings_of(problem, best)) {
    const Rule& rule = *warning.rule;
    if (rule.subject == Subject::kModel) continue;  // said of the file, whatever is best
    const bool of_best = rule.subject == Subject::kSearch;
    out.push_back({.rule = std::string(rule.name),
                   .grade = rule.grade,
                   .subject = rule.subject,
                   .message = (of_best ? "the best configuration: " : "") + warning.message,
                   .fix = std::string(rule.fix)});
  }
}

}  // namespace

std::vector<Finding> findings_in(const Problem& problem) {
  std::vector<Finding> findings;
  const SearchResult result = optimize(problem, Solver::kBounds);
  if (result.optimum) {
    find_dead_widths(problem, result, findings);
    find_warnings(problem, result.best_run ? *result.best_run : *result.optimum, findings);
    return findings;
  }
  for (const LimitText& limit : reasons_of(problem, result)) {
    findings.push_back({.rule = std::string(limit.rule),
                        .grade = Grade::kError,
                        .message = "no configuration is feasible: " + limit.message,
                        .fix = limit.fix});
  }
  return findings;
}

std::vector<Finding> findings_in(const ModelSummary& model) {
  std::vector<Finding> findings;
  for (const std::string& note : model.notes) {
    findings.push_back({.rule = "model_read_nearly",
                        .grade = Grade::kAdvice,
                        .subject = Subject::kModel,
                        .message = note,
                        .fix = {}});
  }
  if (model.mismatch) {
    findings.push_back({.rule = "model_size",
                        .grade = Grade::kWarning,
                        .subject = Subject::kModel,
                        .message = *model.mismatch,
                        .fix = {}});
  }
  return findings;
}

}  // namespace wideep
