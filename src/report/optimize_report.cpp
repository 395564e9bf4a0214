#include "report/optimize_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::size_t kLinesListed = 4;
/// Below this NLopt's answer is the enumerated one, up to rounding.
constexpr double kSameAnswer = 1e-9;

std::string slower_by(const Prediction& slower, const Prediction& best) {
  constexpr double kVisible = 0.0005;  // of what format_percent shows
  const double excess = slower.layer / best.layer - 1.0;
  return excess < kVisible ? "as fast" : format_percent(excess) + " slower";
}

const char* why_preferred(const Config& chosen, const Config& best) {
  if (chosen.ep_width < best.ep_width) return "fewer GPUs";
  const bool overlapped = chosen.overlap != Overlap::kNone;
  if (!overlapped && best.overlap != Overlap::kNone) return "no overlap needed";
  if (chosen.chunks < best.chunks) return "fewer chunks";
  if (chosen.first_tokens == best.first_tokens && chosen.sms < best.sms) return "fewer SMs";
  return "a split nearer to 50/50";
}

std::string recommendation(const Problem& problem, const SearchResult& result) {
  const Prediction& best = *result.optimum;
  const Prediction& chosen = *result.recommended;
  const std::string within = format_percent(problem.space.tolerance);
  if (best.config == chosen.config) {
    return labelled("Prefer", fmt::format("the same: nothing simpler comes within {}.", within));
  }
  return labelled("Prefer",
                  fmt::format("{}: {} at {} a layer, {}, well within the model's error.",
                              describe(problem, chosen),
                              why_preferred(chosen.config, best.config),
                              format(chosen.layer),
                              slower_by(chosen, best)));
}

std::string runner_up(const Problem& problem, const SearchResult& result) {
  if (!result.runner_up) {
    return labelled("Runner-up",
                    problem.workload.tpot_limit
                        ? "none: no other EP width, kernel or overlap mode meets slo.tpot."
                        : "none: there is one EP width, kernel and overlap mode only.");
  }
  return labelled("Runner-up",
                  fmt::format("{}: {} a layer, {}.",
                              describe(problem, *result.runner_up),
                              format(result.runner_up->layer),
                              slower_by(*result.runner_up, *result.optimum)));
}

/// The other choices of EP width, kernel and mode within tolerance, the fastest few by name.
std::string as_good(const Problem& problem, const SearchResult& result) {
  std::vector<std::string> names;
  for (const Prediction& listed : result.within_tolerance) {
    const Config& config = listed.config;
    std::string name = fmt::format("EP {} {} {}",
                                   config.ep_width,
                                   problem.fabric.kernels[config.kernel].name,
                                   name_of(config.overlap));
    const bool listed_already = std::find(names.begin(), names.end(), name) != names.end();
    if (!listed_already) names.push_back(std::move(name));
  }
  if (names.size() <= 1) return "";
  const std::size_t unnamed = names.size() > kLinesListed ? names.size() - kLinesListed : 0;
  names.resize(names.size() - unnamed);
  const std::size_t more = unnamed + result.more_within_tolerance;
  return labelled("As good",
                  fmt::format("within {}: {}{}.",
                              format_percent(problem.space.tolerance),
                              fmt::join(names, ", "),
                              more == 0 ? "" : fmt::format(" and {} more (see --json)", more)));
}

std::string nlopt_verdict(const std::optional<double>& excess) {
  if (!excess) return " NLopt finds none within the transfer limits.";
  if (*excess <= kSameAnswer) return " NLopt finds the same.";
  return fmt::format(" NLopt's answer is {} slower.", format_percent(*excess));
}

std::string proof(const Certificate& certificate) {
  const std::string configurations = format_count(static_cast<double>(certificate.configurations));
  const std::string evaluated = format_count(static_cast<double>(certificate.evaluated));
  std::string text;
  if (certificate.gap > 0.0) {
    text = fmt::format("not proved: at most {} above a lower bound over {} configurations.",
                       format_percent(certificate.gap),
                       configurations);
  } else {
    const bool all = certificate.evaluated >= certificate.configurations;
    text =
        all ? fmt::format("proved optimal over {} configurations, all evaluated.", configurations)
            : fmt::format("proved optimal over {} configurations ({} evaluated, the others {}).",
                          configurations,
                          evaluated,
                          certificate.method == Certificate::Method::kExhaustive
                              ? "dominated by those"
                              : "dominated or cut by bounds");
  }
  if (certificate.nlopt_compared) text += nlopt_verdict(certificate.nlopt_excess);
  return labelled("Proof", text);
}

/// "4, 8, 16" or, where there are many, "2 to 1024 (1,023 widths)".
std::string list_of(const std::vector<int>& widths) {
  constexpr std::size_t kListed = 12;
  if (widths.size() <= kListed) return fmt::format("{}", fmt::join(widths, ", "));
  return fmt::format("{} to {} ({} widths)",
                     widths.front(),
                     widths.back(),
                     format_count(static_cast<double>(widths.size())));
}

std::string sm_choices(const Kernel& kernel) {
  return kernel.sms.empty() ? "" : fmt::format(" on {} SMs", list_of(kernel.sms));
}

std::string searched(const Problem& problem, const std::vector<Excluded>& excluded) {
  const SearchSpace& space = problem.space;
  std::string lines;
  for (const std::size_t kernel : space.kernels) {
    std::vector<int> widths = candidate_widths(problem);
    std::erase_if(widths,
                  [&](int width) { return search_limit(problem, kernel, width).has_value(); });
    for (const Excluded& choice : excluded) {
      if (choice.kernel == kernel && !choice.overlap) std::erase(widths, choice.ep_width);
    }
    if (widths.empty()) continue;
    std::vector<std::string_view> modes;
    for (const Overlap overlap : space.overlaps) modes.push_back(name_of(overlap));
    lines += labelled(lines.empty() ? "Searched" : "",
                      fmt::format("{}{} at EP {}; overlap {}.",
                                  problem.fabric.kernels[kernel].name,
                                  sm_choices(problem.fabric.kernels[kernel]),
                                  list_of(widths),
                                  fmt::join(modes, ", ")));
  }
  return lines;
}

/// What was asked for by name and left out, each reason once.
std::string left_out(const Problem& problem, const std::vector<Excluded>& excluded) {
  std::vector<std::string> reasons;
  std::set<std::string> seen;
  for (const Excluded& choice : excluded) {
    if (too_large_already(excluded, choice)) continue;
    const bool asked = !problem.space.ep_widths.empty() || choice.overlap.has_value();
    if (!asked && is_of_width(choice.limit)) continue;
    const std::string text = sentence(choice.limit);
    if (seen.insert(text).second) reasons.push_back(text);
  }
  std::string lines;
  for (std::size_t at = 0; at < reasons.size() && at < kLinesListed; ++at) {
    lines += labelled(at == 0 ? "Left out" : "", reasons[at]);
  }
  if (reasons.size() > kLinesListed) {
    lines += labelled("", fmt::format("and {} more (see --json).", reasons.size() - kLinesListed));
  }
  return lines;
}

/// Widths that nobody asked for and that lie beyond a kernel's latencies.
std::string not_searched(const Problem& problem, const std::vector<Excluded>& excluded) {
  std::string lines;
  for (const std::size_t kernel : problem.space.kernels) {
    std::vector<int> widths;
    for (const Excluded& choice : excluded) {
      const bool beyond = choice.kernel == kernel && choice.limit.rule == "kernel_latencies";
      if (beyond) widths.push_back(choice.ep_width);
    }
    if (widths.empty()) continue;
    lines += labelled(lines.empty() ? "Left out" : "",
                      fmt::format("{} at EP {}: beyond its measured latencies. To include one: "
                                  "--set search.ep_width=[{},{}].",
                                  problem.fabric.kernels[kernel].name,
                                  list_of(widths),
                                  widths.front(),
                                  widths.back()));
  }
  return lines;
}

}  // namespace

std::string optimize_text(const Problem& problem,
                          const SearchResult& result,
                          const Thresholds& thresholds) {
  const Prediction& best = *result.optimum;
  std::string text = fmt::format("Use {}.\n", describe(problem, best));
  text += time_line(problem, best);
  text += gain_line(problem, best, thresholds);
  text += warnings(problem, best) + "\n";
  text += asked(problem, best);
  text += recommendation(problem, result) + "\n";
  text += time_chart(best) + "\n";
  text += threshold_table(problem, best, thresholds) + "\n";
  text += split_balance(best);
  text += dbo_rule(best);
  text += binding(best);
  text += runner_up(problem, result);
  text += as_good(problem, result);
  text += proof(result.certificate);
  text += step(problem, best);
  text += memory(problem, best);
  text += load(problem, best);
  text += attention(problem, best);
  text += engines(problem, best, thresholds);
  text += traffic(best);
  text += timing(problem, best);
  text += token_convention(problem, best);
  text += searched(problem, result.excluded);
  text += not_searched(problem, result.excluded);
  text += left_out(problem, result.excluded);
  return text;
}

std::string infeasible_text(const Problem& problem, const SearchResult& result) {
  std::string text = "No configuration of the search space is feasible.\n";
  std::vector<std::string> seen;
  for (const BrokenLimit& limit : result.reasons) {
    if (std::find(seen.begin(), seen.end(), limit.message) != seen.end()) continue;
    seen.push_back(limit.message);
    if (seen.size() > kLinesListed) continue;
    text += labelled("  because", sentence(limit));
  }
  if (seen.size() > kLinesListed) {
    text += labelled("", fmt::format("and {} more (see --json).", seen.size() - kLinesListed));
  }
  if (result.fastest) {
    text += fmt::format("The nearest: {}.\n", describe(problem, *result.fastest));
    text += time_line(problem, *result.fastest);
  }
  return text;
}

}  // namespace wideep
