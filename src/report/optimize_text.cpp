// What optimize prints for people.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "model/ways.h"
#include "report/describe.h"
#include "report/layout_sections.h"
#include "report/limit_sentences.h"
#include "report/model_section.h"
#include "report/optimize_parts.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::size_t kLinesListed = 4;

Text recommendation(const Problem& problem, const OptimizeReport& report) {
  const std::string within = format_percent(problem.space.tolerance);
  if (report.recommended_for.empty()) {
    return labelled("Prefer", fmt::format("the same: nothing simpler comes within {}.", within));
  }
  const Prediction& chosen = report.recommended->prediction;
  return labelled("Prefer",
                  fmt::format("{}: {} {}, {}; the model's error is larger.",
                              report.recommended->name,
                              slower_by(report, chosen, report.answer().prediction),
                              report.recommended_for,
                              worth(report, chosen)));
}

/// The other choices of EP width, kernel and mode within tolerance, the fastest few by name.
Text as_good(const Problem& problem, const OptimizeReport& report) {
  std::vector<std::string> names;
  for (const ConfigReport& listed : report.within_tolerance) {
    const Config& config = listed.prediction.config;
    std::string name = fmt::format("EP {} {} {}",
                                   config.ep_width,
                                   problem.fabric.kernels[config.kernel].name,
                                   name_of(config.overlap));
    const bool listed_already = std::find(names.begin(), names.end(), name) != names.end();
    if (!listed_already) names.push_back(std::move(name));
  }
  if (names.size() <= 1) return {};
  const std::size_t unnamed = names.size() > kLinesListed ? names.size() - kLinesListed : 0;
  names.resize(names.size() - unnamed);
  const std::size_t more = unnamed + report.more_within_tolerance;
  return labelled("As good",
                  fmt::format("within {}: {}{}.",
                              format_percent(problem.space.tolerance),
                              fmt::join(names, ", "),
                              more == 0 ? "" : fmt::format(" and {} more (see --json)", more)));
}

Text proof(const Certificate& certificate) {
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
  return labelled("Proof", text + nlopt_verdict(certificate));
}

std::string sm_choices(const Kernel& kernel) {
  return kernel.sms.empty() ? "" : fmt::format(" on {} SMs", list_of(kernel.sms));
}

Text searched(const Problem& problem, const std::vector<SearchedKernel>& kernels) {
  Text lines;
  for (const auto& [index, widths, experts] : kernels) {
    const Kernel& kernel = problem.fabric.kernels[index];
    if (experts != Experts::kEp) {
      lines += labelled(
          "", fmt::format("{} at {} {}.", kernel.name, layout_word(experts), list_of(widths)));
      continue;
    }
    std::vector<std::string_view> modes;
    for (const Overlap overlap : problem.space.overlaps) {
      if (!ways_of(problem, index, overlap).empty()) modes.push_back(name_of(overlap));
    }
    lines += labelled(lines.empty() ? "Searched" : "",
                      fmt::format("{}{} at EP {}; overlap {}.",
                                  kernel.name,
                                  sm_choices(kernel),
                                  list_of(widths),
                                  fmt::join(modes, ", ")));
  }
  return lines;
}

/// Every width that was searched, and the first of those left out.
std::set<int> with_nearest(const std::vector<SearchedKernel>& searched,
                           const std::vector<int>& left_out) {
  std::set<int> widths{left_out.front()};
  for (const SearchedKernel& kernel : searched) {
    widths.insert(kernel.ep_widths.begin(), kernel.ep_widths.end());
  }
  return widths;
}

Text beyond_latencies(const Problem& problem, const OptimizeReport& report) {
  Text lines;
  for (const auto& [index, widths, experts] : report.beyond_latencies) {
    lines += labelled(lines.empty() ? "Left out" : "",
                      fmt::format("{} at EP {}: beyond its measured latencies. To search one, name "
                                  "every width: --set search.ep_width=[{}].",
                                  problem.fabric.kernels[index].name,
                                  list_of(widths),
                                  fmt::join(with_nearest(report.searched, widths), ",")));
  }
  return lines;
}

/// Lines that are left out where not everything is printed.
Text and_more(std::size_t lines) {
  return labelled("", fmt::format("and {} more; --verbose says all.", lines));
}

Text left_out(const std::vector<LeftOut>& excluded) {
  Text text;
  std::set<std::string> seen;
  for (const LeftOut& choice : excluded) {
    const std::string reason = sentence(choice.limit);
    if (!seen.insert(reason).second) continue;
    text += labelled(text.empty() ? "Left out" : "", reason);
  }
  return text;
}

Text infeasible_text(const Problem& problem, const OptimizeReport& report, Detail detail) {
  Text text = plain_line("No configuration of the search space is feasible.", Row::Tone::kAnswer);
  const std::vector<std::string> reasons = sentences_of(report.reasons);
  const std::size_t listed =
      detail == Detail::kScreen ? std::min(reasons.size(), kLinesListed) : reasons.size();
  for (std::size_t at = 0; at < listed; ++at) text += labelled("  because", reasons[at]);
  if (listed < reasons.size()) text += and_more(reasons.size() - listed);
  if (report.fastest) {
    text += plain_line(fmt::format("The nearest: {}.", report.fastest->name));
    text += time_line(problem, report.fastest->prediction);
    text += warnings(*report.fastest);
  }
  text += model_section(problem.workload.figures.read);
  return text;
}

Text everything(const Problem& problem, const OptimizeReport& report) {
  const ConfigReport& best = report.answer();
  const Prediction& prediction = best.prediction;
  Text text = asked(problem, prediction);
  if (report.batch) text += batch_line(problem, *report.batch);
  text += recommendation(problem, report) + beyond_engines(report) + "\n";
  text += time_chart(prediction) + "\n";
  text += threshold_table(problem, prediction, report.thresholds);
  text += layout_lines(problem, report.layouts) + "\n";
  text += split_balance(best);
  text += dbo_rule(prediction);
  text += binding(prediction);
  text += runner_up(report);
  text += as_good(problem, report);
  text += proof(report.certificate);
  text += confidence_line(report.sensitivity);
  text += settings(problem, best, report.thresholds);
  text += searched(problem, report.searched);
  text += beyond_latencies(problem, report);
  return text + left_out(report.left_out);
}

}  // namespace

Text optimize_text(const Problem& problem, const OptimizeReport& report, Detail detail) {
  if (!report.optimum) return infeasible_text(problem, report, detail);
  const ConfigReport& best = report.answer();
  const std::string batch =
      report.batch ? ", " + batch_text(problem.workload, report.batch->batch) : "";
  Text text = plain_line(fmt::format("Use {}{}.", best.name, batch), Row::Tone::kAnswer);
  text += time_line(problem, best.prediction);
  text += gain_line(problem, best.prediction, report.thresholds);
  text += warnings(best) + "\n";
  const Text sure = sensitivity_section(problem, report.sensitivity);
  if (detail == Detail::kEverything) return text + everything(problem, report) + sure;
  constexpr std::array<std::string_view, 8> kDispensable = {
      "Left out", "  Chunk C", "  Chunks", "Searched", "Runner-up", "  V*", "Model", "Prefer"};
  return on_a_screen(text + screen_body(problem, report), kDispensable) + sure;
}

}  // namespace wideep
