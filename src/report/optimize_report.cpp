#include "report/optimize_report.h"

#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

#include "model/limits.h"
#include "model/placed.h"
#include "model/widths.h"
#include "report/describe.h"
#include "search/layouts.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "on a quarter of the GPUs", "on 24 GPUs instead of 32".
std::string on_fewer(int gpus, int than) {
  constexpr std::array<std::pair<int, const char*>, 6> kShares = {{{2, "half"},
                                                                   {3, "a third"},
                                                                   {4, "a quarter"},
                                                                   {8, "an eighth"},
                                                                   {16, "a sixteenth"},
                                                                   {32, "a thirty-second"}}};
  for (const auto& [share, words] : kShares) {
    if (gpus * share == than) return fmt::format("on {} of the GPUs", words);
  }
  return fmt::format("on {} GPUs instead of {}", gpus, than);
}

std::string why_preferred(const Config& chosen, const Config& best) {
  if (chosen == best) return "";
  if (chosen.gpus() < best.gpus()) return on_fewer(chosen.gpus(), best.gpus());
  if (is_plain(chosen.overlap) && !is_plain(best.overlap)) return "with no overlap needed";
  if (chosen.chunks < best.chunks) return "with fewer chunks";
  if (chosen.first_tokens == best.first_tokens && chosen.sms < best.sms) return "with fewer SMs";
  return "with a split nearer to 50/50";
}

/// Whether the layout of attention and experts was left out as a whole.
bool is_left_out(const Config& laid, const std::vector<Excluded>& excluded) {
  return std::any_of(excluded.begin(), excluded.end(), [&](const Excluded& choice) {
    const Config& config = choice.limit.config;
    return !choice.overlap && choice.kernel == laid.kernel && config.gpus() == laid.gpus() &&
           config.attention == laid.attention && config.experts == laid.experts &&
           config.expert_ranks == laid.expert_ranks;
  });
}

/// In some layout of attention.
std::vector<SearchedKernel> searched(const Problem& problem,
                                     const std::vector<Excluded>& excluded) {
  std::vector<SearchedKernel> found;
  Placing placing(problem);
  for (const int gpus : candidate_widths(problem)) {
    for (const Config& laid : layouts_on(problem, gpus)) {
      const auto same = [&](const SearchedKernel& kernel) {
        return kernel.kernel == laid.kernel && kernel.experts == laid.experts;
      };
      auto known = std::find_if(found.begin(), found.end(), same);
      if (known != found.end() && known->ep_widths.back() == gpus) continue;
      if (search_limit(placing.at(laid), laid) || is_left_out(laid, excluded)) continue;
      if (known == found.end()) {
        found.push_back({laid.kernel, {gpus}, laid.experts});
      } else {
        known->ep_widths.push_back(gpus);
      }
    }
  }
  std::stable_sort(
      found.begin(), found.end(), [](const SearchedKernel& one, const SearchedKernel& other) {
        return std::pair(one.experts, one.kernel) < std::pair(other.experts, other.kernel);
      });
  return found;
}

std::vector<SearchedKernel> beyond_latencies(const Problem& problem,
                                             const std::vector<Excluded>& excluded) {
  std::vector<SearchedKernel> found;
  for (const std::size_t kernel : problem.space.kernels) {
    std::vector<int> widths;
    for (const Excluded& choice : excluded) {
      const bool beyond =
          choice.kernel == kernel && choice.limit.kind == LimitKind::kKernelLatencies;
      if (beyond) widths.push_back(choice.ep_width);
    }
    if (!widths.empty()) found.push_back({kernel, std::move(widths)});
  }
  return found;
}

/// Of widths that nobody asked for, only those that can run are of interest, and where a kernel was
/// searched in some layout of attention the others are not.
std::vector<LeftOut> left_out(const Problem& problem,
                              const std::vector<Excluded>& excluded,
                              const std::vector<SearchedKernel>& searched) {
  std::vector<LeftOut> found;
  WhatFits fits(problem);
  for (const Excluded& choice : excluded) {
    if (too_large_already(excluded, choice)) continue;
    const bool asked = !problem.space.ep_widths.empty() || choice.overlap.has_value();
    if (!asked && is_of_width(choice.limit.kind)) continue;
    const Experts experts = choice.limit.config.experts;
    const auto ran = [&](const SearchedKernel& kernel) {
      const auto& widths = kernel.ep_widths;
      return kernel.kernel == choice.kernel && kernel.experts == experts &&
             std::find(widths.begin(), widths.end(), choice.ep_width) != widths.end();
    };
    const bool elsewhere = std::any_of(searched.begin(), searched.end(), ran);
    if (!choice.overlap && elsewhere) continue;
    found.push_back({choice.ep_width,
                     choice.kernel,
                     choice.overlap,
                     text_of(problem, choice.limit, fits),
                     experts});
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

/// "slo.tpot is met by up to 144 requests per rank: EP 64 with LL, 29.24 ms".
std::string text_of(const Problem& problem, const TpotBatch& batch) {
  if (!batch.best) return "";
  const Prediction& best = *batch.best;
  const std::string by = fmt::format(
      "{} with {}", layout_text(best.config), problem.fabric.kernels[best.config.kernel].name);
  if (batch.tokens == 0 && problem.workload.slo.ttft && best.step.ttft) {
    return fmt::format("no batch meets it: the nearest is {} with {} tokens",
                       by,
                       format_count(best.config.tokens));
  }
  if (batch.tokens == 0) {
    return fmt::format(
        "no batch meets it: even the smallest takes {}, by {}", format(best.step.tpot), by);
  }
  const Workload& workload = problem.workload;
  const int requests = batch.tokens / tokens_each(workload);
  const bool global = std::holds_alternative<GlobalTokens>(workload.traffic.tokens);
  const std::string size =
      global ? format_count(batch.tokens) + " tokens in the EP group"
             : batch_text(workload, {.tokens = batch.tokens, .requests = requests});
  return fmt::format("slo.tpot is met by up to {}: {}, {}", size, by, format(best.step.tpot));
}

}  // namespace

double OptimizeReport::excess(const Prediction& worse, const Prediction& better) const {
  if (objective == kTokensPerGpu.name) {
    return better.step.tokens_per_gpu_per_second / worse.step.tokens_per_gpu_per_second - 1.0;
  }
  return objective == kTimePerToken.name ? worse.step.tpot / better.step.tpot - 1.0
                                         : worse.layer / better.layer - 1.0;
}

std::vector<LimitText> reasons_of(const Problem& problem, const SearchResult& result) {
  std::vector<LimitText> reasons = texts_of(problem, result.reasons);
  // Where only slo.tpot stands in the way, it is the only reason.
  if (result.within_tpot) reasons.front().fix = text_of(problem, *result.within_tpot);
  return reasons;
}

OptimizeReport report_on(const Problem& problem, const SearchResult& result) {
  OptimizeReport report;
  report.searched = searched(problem, result.excluded);
  report.left_out = left_out(problem, result.excluded, report.searched);
  report.reasons = reasons_of(problem, result);
  report.fastest = report_on(problem, result.fastest);
  if (result.within_tpot) report.within_tpot = report_on(problem, *result.within_tpot);
  if (!result.optimum) return report;
  report.optimum = report_on(problem, result.optimum);
  report.best_run = report_on(problem, result.best_run);
  const Config& answer = report.answer().prediction.config;
  report.recommended = report_on(problem, result.recommended);
  report.recommended_for = why_preferred(result.recommended->config, answer);
  report.runner_up = report_on(problem, result.runner_up);
  const ServiceLevel& level = problem.workload.slo;
  report.runner_up_reason = level.tpot ? "no other EP width, kernel or overlap mode meets slo.tpot"
                            : level.ttft
                                ? "no other EP width, kernel or overlap mode meets slo.ttft"
                                : "there is one EP width, kernel and overlap mode only";
  for (const Prediction& listed : result.within_tolerance) {
    report.within_tolerance.push_back(report_on(problem, listed));
  }
  report.more_within_tolerance = result.more_within_tolerance;
  report.thresholds = thresholds(problem, answer);
  report.layouts = layout_thresholds(problem);
  report.batch = batch_report(problem, answer);
  report.objective = problem.space.objective.name;
  report.certificate = result.certificate;
  report.beyond_latencies = beyond_latencies(problem, result.excluded);
  return report;
}

}  // namespace wideep
