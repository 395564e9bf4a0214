// Configurations side by side, for people.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/compare_report.h"
#include "report/compare_table.h"
#include "report/limit_sentences.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string rate_of(const Compared& one) {
  return fmt::format("{} tokens/s per GPU",
                     format_number(one.report->prediction.step.tokens_per_gpu_per_second));
}

/// "TPOT 63.45 ms", "a step of 1.2 s"; nothing where they are ranked by what they serve.
std::string measured_text(const Compared& one, Measure measure) {
  const auto time = measured(one, measure);
  if (!time) return "";
  const char* const name = measure == Measure::kTpot   ? "TPOT"
                           : measure == Measure::kTtft ? "TTFT"
                                                       : "a step of";
  return fmt::format("{} {}", name, format(*time));
}

/// "3.2% more tokens/s per GPU" than the other; "as many tokens/s per GPU".
std::string rate_against(const Compared& one, const Compared& other) {
  const double less = excess(one, other, Measure::kThroughput);
  const double share = 1.0 / (1.0 + less) - 1.0;  // of what the other serves
  if (std::abs(share) < kNoDifference) return "as many tokens/s per GPU";
  return fmt::format(
      "{} {} tokens/s per GPU", format_percent(std::abs(share)), share > 0.0 ? "more" : "fewer");
}

/// "combine: 450 us a layer against 329.9 us", in a sentence that begins with "mostly by".
std::string term_text(CostTerm term, const Compared& one, const Compared& other) {
  const Prediction& here = one.report->prediction;
  const Prediction& there = other.report->prediction;
  const std::string phrase(words_of(term).phrase);
  if (term == CostTerm::kFused && here.is_fused() != there.is_fused()) {
    const auto rest = [](const Prediction& of) {
      return format(of.layer - of.busy.attention - of.busy.launches);
    };
    return fmt::format("{}: {} a layer against {} of separate kernels",
                       phrase,
                       rest(here.is_fused() ? here : there),
                       rest(here.is_fused() ? there : here));
  }
  const auto value = [&](const Compared& of) {
    const Seconds time = *cost_of(of.problem.workload, of.report->prediction, term);
    return format(term == CostTerm::kHidden ? Seconds(0.0) - time : time);
  };
  return fmt::format(
      "{}: {}{} against {}", phrase, value(one), is_stage(term) ? " a layer" : "", value(other));
}

/// "A takes 12.3% longer and serves 10.9% fewer tokens/s per GPU, mostly by combine ..."
Text other_line(const CompareReport& report, std::size_t at) {
  const Compared& one = report.compared[at];
  const Compared& best = report.compared[*report.fastest];
  const double more = excess(one, best, report.measure);
  const std::string name = letter_of(at);
  if (report.measure == Measure::kThroughput) {
    return plain_line(fmt::format("{} serves {}.", name, rate_against(one, best)));
  }
  std::string text = more < kNoDifference
                         ? fmt::format("{} takes as long, with {}", name, rate_against(one, best))
                         : fmt::format("{} takes {} longer, {}, with {}",
                                       name,
                                       format_percent(more),
                                       format(*measured(one, report.measure)),
                                       rate_against(one, best));
  const auto by = largest_difference(best.report->prediction, one.report->prediction);
  if (by && more >= kNoDifference) {
    text += fmt::format("; most of it by {}", term_text(*by, one, best));
  }
  text += ".";
  if (more >= kNoDifference && more < kTolerance) {
    text += fmt::format(" Less than {} is within the model's error.", format_percent(kTolerance));
  }
  return plain_line(text);
}

Text answer_lines(const CompareReport& report) {
  const auto& all = report.compared;
  if (!report.fastest) return plain_line("None of them is feasible.", Row::Tone::kAnswer);
  const Compared& best = all[*report.fastest];
  const auto feasible = std::count_if(
      all.begin(), all.end(), [](const Compared& one) { return one.report && one.is_feasible(); });
  const std::string name = letter_of(*report.fastest);
  std::string text = measured_text(best, report.measure);
  text += (text.empty() ? "" : ", ") + rate_of(best);
  const char* const is = feasible == 1                            ? "alone is feasible"
                         : report.measure == Measure::kThroughput ? "serves most"
                                                                  : "is fastest";
  Text lines = plain_line(fmt::format("{} {}: {}.", name, is, text), Row::Tone::kAnswer);
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (at != *report.fastest && all[at].report && all[at].is_feasible()) {
      lines += other_line(report, at);
    }
  }
  if (*report.most_per_gpu != *report.fastest && feasible > 2) {
    const Compared& most = all[*report.most_per_gpu];
    lines += plain_line(
        fmt::format("{} serves most: {}.", letter_of(*report.most_per_gpu), rate_of(most)));
  }
  return lines;
}

/// What was asked of one of them, as a sentence.
std::string asked_text(const Compared& one) {
  return one.report ? asked(one.problem, one.report->prediction).rows.front().text : "";
}

/// Each with its letter, what it was given as where it is no configuration, and what it is.
Text legend(const CompareReport& report, bool same_question) {
  Text text;
  for (std::size_t at = 0; at < report.compared.size(); ++at) {
    const Compared& one = report.compared[at];
    std::string line = one.is_best || !one.report ? one.argument + ": " : "";
    if (!one.report) {
      line += one.is_best ? "nothing is feasible" : "it cannot be priced";
    } else if (!one.is_feasible()) {
      line += "infeasible: ";
    }
    if (one.report) {
      line += one.report->name;
      const bool known = !one.problem.space.runs.empty();
      if (one.report->engines.empty() && known) line += "; no engine that is known runs it so";
    }
    text += labelled(letter_of(at), line + ".");
    text += because(one.limits);
    if (!same_question && one.report) text += labelled("  asked", asked_text(one));
  }
  return text;
}

/// What is to be known of them, each message with those that it is of.
Text known_of(const CompareReport& report) {
  struct Known {
    std::string message;
    std::vector<std::string> of;
  };
  std::vector<Known> all;
  for (std::size_t at = 0; at < report.compared.size(); ++at) {
    const Compared& one = report.compared[at];
    if (!one.report) continue;
    for (const Warning& warning : one.report->warnings) {
      const auto same = [&](const Known& known) { return known.message == warning.message; };
      auto known = std::find_if(all.begin(), all.end(), same);
      if (known == all.end()) known = all.insert(known, {warning.message, {}});
      known->of.push_back(letter_of(at));
    }
  }
  Text text;
  for (const Known& known : all) {
    text += labelled("Beware", fmt::format("{} ({}).", known.message, fmt::join(known.of, ", ")));
  }
  return text;
}

/// Whether all were asked the same question, so that it stands once.
bool one_question(const CompareReport& report) {
  std::string question;
  for (const Compared& one : report.compared) {
    const std::string here = asked_text(one);
    if (here.empty()) continue;
    if (!question.empty() && here != question) return false;
    question = here;
  }
  return true;
}

}  // namespace

Text compare_text(const CompareReport& report, const Display& display) {
  const auto& all = report.compared;
  const bool same_question = one_question(report);
  Text text = answer_lines(report) + known_of(report) + "\n" + legend(report, same_question);
  const auto shown = std::find_if(
      all.begin(), all.end(), [](const Compared& one) { return one.report.has_value(); });
  if (shown == all.end()) return text;
  if (same_question) text += asked(shown->problem, shown->report->prediction);
  return text + compare_table(report, display);
}

}  // namespace wideep
