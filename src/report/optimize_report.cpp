#include "report/optimize_report.h"

#include <algorithm>
#include <variant>

namespace wideep {
namespace {

std::string_view why_preferred(const Config& chosen, const Config& best) {
  if (chosen == best) return "";
  if (chosen.ep_width < best.ep_width) return "fewer GPUs";
  const bool overlapped = chosen.overlap != Overlap::kNone;
  if (!overlapped && best.overlap != Overlap::kNone) return "no overlap needed";
  if (chosen.chunks < best.chunks) return "fewer chunks";
  if (chosen.first_tokens == best.first_tokens && chosen.sms < best.sms) return "fewer SMs";
  return "a split nearer to 50/50";
}

std::vector<SearchedKernel> searched(const Problem& problem,
                                     const std::vector<Excluded>& excluded) {
  std::vector<SearchedKernel> found;
  for (const std::size_t kernel : problem.space.kernels) {
    std::vector<int> widths = candidate_widths(problem);
    std::erase_if(widths,
                  [&](int width) { return search_limit(problem, kernel, width).has_value(); });
    for (const Excluded& choice : excluded) {
      if (choice.kernel == kernel && !choice.overlap) std::erase(widths, choice.ep_width);
    }
    if (!widths.empty()) found.push_back({kernel, std::move(widths)});
  }
  return found;
}

std::vector<SearchedKernel> beyond_latencies(const Problem& problem,
                                             const std::vector<Excluded>& excluded) {
  std::vector<SearchedKernel> found;
  for (const std::size_t kernel : problem.space.kernels) {
    std::vector<int> widths;
    for (const Excluded& choice : excluded) {
      const bool beyond = choice.kernel == kernel && choice.limit.rule == "kernel_latencies";
      if (beyond) widths.push_back(choice.ep_width);
    }
    if (!widths.empty()) found.push_back({kernel, std::move(widths)});
  }
  return found;
}

/// Of widths that nobody asked for, only those that can run are of interest.
std::vector<Excluded> left_out(const Problem& problem, const std::vector<Excluded>& excluded) {
  std::vector<Excluded> found;
  for (const Excluded& choice : excluded) {
    if (too_large_already(excluded, choice)) continue;
    const bool asked = !problem.space.ep_widths.empty() || choice.overlap.has_value();
    if (!asked && is_of_width(choice.limit)) continue;
    found.push_back(choice);
    found.back().limit = limit_with_fix(problem, choice);
  }
  return found;
}

std::optional<ConfigReport> report_on(const Problem& problem,
                                      const std::optional<Prediction>& prediction) {
  return prediction ? std::optional(wideep::report_on(problem, *prediction)) : std::nullopt;
}

TpotReport report_on(const Problem& problem, const TpotBatch& batch) {
  Problem there = problem;
  std::visit([&](auto& stated) { stated.tokens = batch.tokens_of_best; },
             there.workload.traffic.tokens);
  return {.tokens = batch.tokens, .best = report_on(there, batch.best)};
}

}  // namespace

OptimizeReport report_on(const Problem& problem, const SearchResult& result) {
  OptimizeReport report;
  report.left_out = left_out(problem, result.excluded);
  report.reasons = result.reasons;
  report.fastest = report_on(problem, result.fastest);
  if (result.within_tpot) report.within_tpot = report_on(problem, *result.within_tpot);
  if (!result.optimum) return report;
  report.optimum = report_on(problem, result.optimum);
  report.recommended = report_on(problem, result.recommended);
  report.recommended_for = why_preferred(result.recommended->config, result.optimum->config);
  report.runner_up = report_on(problem, result.runner_up);
  report.runner_up_reason = problem.workload.slo.tpot
                                ? "no other EP width, kernel or overlap mode meets slo.tpot"
                                : "there is one EP width, kernel and overlap mode only";
  for (const Prediction& listed : result.within_tolerance) {
    report.within_tolerance.push_back(report_on(problem, listed));
  }
  report.more_within_tolerance = result.more_within_tolerance;
  report.thresholds = thresholds(problem, result.optimum->config);
  report.certificate = result.certificate;
  report.searched = searched(problem, result.excluded);
  report.beyond_latencies = beyond_latencies(problem, result.excluded);
  return report;
}

}  // namespace wideep
