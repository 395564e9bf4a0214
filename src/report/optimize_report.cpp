#include "report/optimize_report.h"

#include <algorithm>

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

bool same(const Config& a, const Config& b) {
  return a.ep_width == b.ep_width && a.kernel == b.kernel && a.overlap == b.overlap &&
         a.chunks == b.chunks && a.first_tokens == b.first_tokens;
}

const char* why_preferred(const Config& chosen, const Config& best) {
  if (chosen.ep_width < best.ep_width) return "fewer GPUs";
  if (chosen.overlap == Overlap::kNone && best.overlap != Overlap::kNone)
    return "no overlap needed";
  if (chosen.chunks < best.chunks) return "fewer chunks";
  return "a split nearer to 50/50";
}

std::string recommendation(const Problem& problem, const SearchResult& result) {
  const Prediction& best = *result.optimum;
  const Prediction& chosen = *result.recommended;
  const std::string within = format_percent(problem.space.tolerance);
  if (same(best.config, chosen.config)) {
    return labelled("Prefer", fmt::format("the same: nothing simpler comes within {}.", within));
  }
  return labelled("Prefer",
                  fmt::format("{}: {} at {} a layer, {}, and a model errs by more.",
                              describe(problem, chosen),
                              why_preferred(chosen.config, best.config),
                              format(chosen.layer),
                              slower_by(chosen, best)));
}

std::string runner_up(const Problem& problem, const SearchResult& result) {
  if (!result.runner_up) {
    return labelled("Runner-up", "none: there is one EP width, kernel and overlap mode only.");
  }
  const std::size_t within = result.within_tolerance.size();
  return labelled("Runner-up",
                  fmt::format("{}: {} a layer, {}. Within {}: {} of EP width, kernel and mode.",
                              describe(problem, *result.runner_up),
                              format(result.runner_up->layer),
                              slower_by(*result.runner_up, *result.optimum),
                              format_percent(problem.space.tolerance),
                              within == 1 ? "one choice" : fmt::format("{} choices", within)));
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
  if (certificate.nlopt_excess) {
    text += *certificate.nlopt_excess <= kSameAnswer
                ? " NLopt finds the same."
                : fmt::format(" NLopt's answer is {} slower.",
                              format_percent(*certificate.nlopt_excess));
  }
  return labelled("Proof", text);
}

/// Excluded choices with the same message, together.
std::string exclusions(const Problem& problem, const std::vector<Excluded>& excluded) {
  std::vector<std::pair<std::string, std::size_t>> counted;  // message, further widths
  for (const Excluded& choice : excluded) {
    const std::string& kernel = problem.fabric.kernels[choice.kernel].name;
    const bool about_width = choice.limit.rule == "experts_divide";
    const std::string text =
        about_width      ? std::string("EP widths that do not divide the expert slots")
        : choice.overlap ? choice.limit.message
                         : fmt::format("{} at other EP widths: {}", kernel, choice.limit.message);
    const auto known = std::find_if(
        counted.begin(), counted.end(), [&](const auto& entry) { return entry.first == text; });
    if (known == counted.end()) {
      counted.emplace_back(text, 1);
    } else {
      ++known->second;
    }
  }
  std::string lines;
  for (const auto& [text, count] : counted) {
    if (&text == &counted[std::min(kLinesListed, counted.size() - 1)].first &&
        counted.size() > kLinesListed + 1) {
      lines +=
          labelled("", fmt::format("and {} more (see --json).", counted.size() - kLinesListed));
      break;
    }
    lines += labelled(lines.empty() ? "Left out" : "", text + ".");
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
  text += gain_line(best) + "\n";
  text += recommendation(problem, result) + "\n";
  text += time_chart(best) + "\n";
  text += threshold_table(problem, best, thresholds) + "\n";
  text += dbo_rule(best);
  text += binding(problem, best);
  text += runner_up(problem, result);
  text += proof(result.certificate);
  text += engines(problem, best);
  text += traffic(best);
  text += timing(problem, best);
  text += memory_note(best);
  text += token_convention(problem, best);
  text += exclusions(problem, result.excluded);
  return text;
}

std::string infeasible_text(const Problem& problem, const SearchResult& result) {
  std::string text = "No configuration of the search space is feasible.\n";
  std::vector<std::string> seen;
  for (const BrokenLimit& limit : result.reasons) {
    if (std::find(seen.begin(), seen.end(), limit.message) != seen.end()) continue;
    seen.push_back(limit.message);
    if (seen.size() > kLinesListed) continue;
    text += labelled("  because", fmt::format("{} ({}).", limit.message, limit.rule));
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
