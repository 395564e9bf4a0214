// What optimize prints on one screen.
#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "engines/engine.h"
#include "report/describe.h"
#include "report/flag_lines.h"
#include "report/layout_sections.h"
#include "report/optimize_parts.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::string_view kAsFast = "as fast";

/// Below this NLopt's answer is the enumerated one, up to rounding.
constexpr double kSameAnswer = 1e-9;

/// "LL at EP 8, 16 (memory)": what was left out, by kernel and rule.
std::string left_out_briefly(const Problem& problem, const OptimizeReport& report) {
  struct Group {
    std::string what;
    Experts experts;
    std::string_view rule;
    std::vector<int> widths;
  };
  std::vector<Group> groups;
  const auto add = [&](const std::string& what, Experts experts, std::string_view rule, int width) {
    const auto same = [&](const Group& group) {
      return group.what == what && group.experts == experts && group.rule == rule;
    };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end()) found = groups.insert(groups.end(), {what, experts, rule, {}});
    const bool known = !found->widths.empty() && found->widths.back() == width;
    if (!known) found->widths.push_back(width);
  };
  const auto named = [&](std::size_t kernel) { return problem.fabric.kernels[kernel].name; };
  for (const LeftOut& choice : report.left_out) {
    const std::string mode =
        choice.overlap ? fmt::format(" {}", name_of(*choice.overlap)) : std::string();
    add(named(choice.kernel) + mode, choice.experts, choice.limit.rule, choice.ep_width);
  }
  for (const auto& [kernel, widths, experts] : report.beyond_latencies) {
    for (const int width : widths) {
      add(named(kernel), experts, rule_of(LimitKind::kKernelLatencies), width);
    }
  }
  // What a kernel never takes says less than what stood in its way at some widths.
  std::stable_partition(groups.begin(), groups.end(), [](const Group& group) {
    return group.rule != rule_of(LimitKind::kKernelWeights);
  });
  constexpr std::size_t kShown = 2;
  std::string text;
  for (std::size_t at = 0; at < groups.size() && at < kShown; ++at) {
    const auto& [what, experts, rule, widths] = groups[at];
    text += fmt::format("{}{} at {} {} ({})",
                        text.empty() ? "" : ", ",
                        what,
                        layout_word(experts),
                        list_of(widths),
                        rule);
  }
  if (groups.size() > kShown) text += fmt::format(" and {} more", groups.size() - kShown);
  return text;
}

/// The proof without its counts.
std::string proved(const Certificate& certificate) {
  const std::string configurations = format_count(static_cast<double>(certificate.configurations));
  std::string text = certificate.gap > 0.0
                         ? fmt::format("not proved: at most {} above a lower bound",
                                       format_percent(certificate.gap))
                         : fmt::format("proved optimal over {} configurations", configurations);
  return text + "." + nlopt_verdict(certificate);
}

/// "LL at EP 32, 64, HT at EP 16, 32".
std::string searched_briefly(const Problem& problem, const OptimizeReport& report) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t at = 0; at < report.searched.size() && at < kShown; ++at) {
    const auto& [kernel, widths, experts] = report.searched[at];
    text += fmt::format("{}{} at {} {}",
                        text.empty() ? "" : ", ",
                        problem.fabric.kernels[kernel].name,
                        layout_word(experts),
                        list_of(widths));
  }
  const std::size_t more = report.searched.size() - std::min(report.searched.size(), kShown);
  return more == 0 ? text : fmt::format("{} and {} more", text, more);
}

/// What was looked at and what not, and where there is more to read.
Text screen_end(const Problem& problem, const OptimizeReport& report) {
  const std::string left = left_out_briefly(problem, report);
  return labelled("Searched", searched_briefly(problem, report) + "; --verbose says more.") +
         (left.empty() ? Text() : labelled("Left out", left + "."));
}

/// What else may be chosen, in a line each.
Text choices(const Problem& problem, const OptimizeReport& report) {
  Text text;
  const Prediction& best = report.answer().prediction;
  if (!report.recommended_for.empty()) {
    text += labelled("Prefer",
                     fmt::format("{}: {} {}.",
                                 report.recommended->name,
                                 slower_by(report, report.recommended->prediction, best),
                                 report.recommended_for));
  }
  if (!report.answers_with_optimum()) {
    // The optimum may differ in an order that takes as long.
    const bool as_fast = report.optimum->name == report.answer().name &&
                         slower_by(report, best, report.optimum->prediction) == kAsFast;
    return as_fast ? text : text + beyond_engines(report);
  }
  if (!report.runner_up) return text + runner_up(report);
  const Config& next = report.runner_up->prediction.config;
  if (!report.recommended_for.empty() && next == report.recommended->prediction.config) return text;
  const Prediction& second = report.runner_up->prediction;
  return text + labelled("Runner-up",
                         fmt::format("{}: {}, {}.",
                                     describe_choice(problem, second.config),
                                     worth(report, second),
                                     slower_by(report, second, best)));
}

}  // namespace

std::string worth(const OptimizeReport& report, const Prediction& prediction) {
  if (report.objective == kTimePerToken.name) return "TPOT " + format(prediction.step.tpot);
  if (report.objective == kLayerTime.name) return format(prediction.layer) + " a layer";
  return format_count(std::round(prediction.step.tokens_per_gpu_per_second)) + " tokens/s per GPU";
}

std::string slower_by(const OptimizeReport& report,
                      const Prediction& slower,
                      const Prediction& best) {
  constexpr double kVisible = 0.0005;  // of what format_percent shows
  const double excess = report.excess(slower, best);
  return excess < kVisible ? std::string(kAsFast) : format_percent(excess) + " slower";
}

Text beyond_engines(const OptimizeReport& report) {
  if (report.answers_with_optimum()) return {};
  const Prediction& optimum = report.optimum->prediction;
  const Prediction& answer = report.answer().prediction;
  const bool alike = report.optimum->name == report.answer().name;
  const std::string order =
      alike ? fmt::format(" in the order of {}", name_of(optimum.config.schedule)) : "";
  return labelled("Optimum",
                  fmt::format("{}{}: {}. No engine runs it; what {} run{} is {}.",
                              report.optimum->name,
                              order,
                              worth(report, optimum),
                              fmt::join(report.answer().engines, " and "),
                              report.answer().engines.size() == 1 ? "s" : "",
                              slower_by(report, answer, optimum)));
}

Text runner_up(const OptimizeReport& report) {
  if (!report.runner_up) {
    return labelled("Runner-up", fmt::format("none: {}.", report.runner_up_reason));
  }
  const Prediction& second = report.runner_up->prediction;
  return labelled("Runner-up",
                  fmt::format("{}: {}, {}{}.",
                              report.runner_up->name,
                              worth(report, second),
                              slower_by(report, second, report.optimum->prediction),
                              report.answers_with_optimum() ? "" : " than the optimum"));
}

std::string nlopt_verdict(const Certificate& certificate) {
  const std::optional<double>& excess = certificate.nlopt_excess;
  if (!certificate.nlopt_compared) return "";
  if (certificate.nlopt_evaluations == 0) return " Nothing was left for NLopt to choose.";
  if (!excess) return " NLopt finds none within the transfer limits.";
  if (*excess <= kSameAnswer) return " NLopt finds the same.";
  constexpr double kVisible = 0.001;
  return *excess < kVisible ? std::string(" NLopt's answer is less than 0.1% slower.")
                            : fmt::format(" NLopt's answer is {} slower.", format_percent(*excess));
}

std::string list_of(const std::vector<int>& widths) {
  constexpr std::size_t kListed = 12;
  if (widths.size() <= kListed) return fmt::format("{}", fmt::join(widths, ", "));
  return fmt::format("{} to {} ({} widths)",
                     widths.front(),
                     widths.back(),
                     format_count(static_cast<double>(widths.size())));
}

/// What makes the answer: in the engine that was asked for all of it, else what differs by engine.
Text set_lines(const Problem& problem, const ConfigReport& best, const Thresholds& thresholds) {
  if (engine_asked(problem) != nullptr) return set_row(problem, best.prediction);
  const char* const more = best.engines.empty() ? "" : "; emit writes all";
  return labelled("Set", to_set(problem, best, thresholds) + more + ".");
}

Text screen_body(const Problem& problem, const OptimizeReport& report) {
  const ConfigReport& best = report.answer();
  const Prediction& prediction = best.prediction;
  Text text = asked(problem, prediction);
  if (report.batch) text += batch_line(problem, *report.batch);
  text += choices(problem, report);
  text += labelled("Proof", proved(report.certificate));
  text += confidence_line(report.sensitivity) + "\n";
  text += time_chart(prediction);
  text += threshold_lines(problem, prediction, report.thresholds);
  text += layout_lines(problem, report.layouts);
  text += set_lines(problem, best, report.thresholds);
  text += step_line(problem, prediction) + memory_line(problem, best);
  return text + screen_end(problem, report);
}

}  // namespace wideep
