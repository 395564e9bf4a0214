#include "report/explain_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/limits.h"
#include "report/describe.h"
#include "report/limit_sentences.h"
#include "report/model_section.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr const char* kNothingFeasible = "nothing in the search space is feasible";

std::string distance(const ExplainReport& report) {
  const std::string text = fmt::format("{} above the bound; ", format_percent(report.over_bound));
  if (!report.optimum) return text + kNothingFeasible + ".";
  if (report.over_optimum <= 0.0) return text + "no configuration of the search space is faster.";
  return text + fmt::format("{} slower than the optimum, {} at {}.",
                            format_percent(report.over_optimum),
                            report.optimum->name,
                            format(report.optimum->prediction.layer));
}

}  // namespace

ExplainReport report_on(const Problem& problem,
                        const Config& config,
                        std::span<const BrokenLimit> limits) {
  ExplainReport report{.here = report_on(problem, predict(problem, config)),
                       .thresholds = thresholds(problem, config),
                       .limits = texts_of(problem, limits),
                       .over_bound = 0.0,
                       .optimum = {},
                       .over_optimum = 0.0};
  const Prediction& here = report.here.prediction;
  if (const auto limit = step_limit(problem.workload, config, here.step)) {
    report.limits.push_back(text_of(problem, *limit));
  }
  report.over_bound = std::max(0.0, here.layer / here.bound - 1.0);  // rounding
  if (const auto best = optimize(problem, Solver::kBounds).optimum) {
    report.optimum = report_on(problem, *best);
    report.over_optimum = here.layer / best->layer - 1.0;
  }
  return report;
}

Text unpriced_text(const std::vector<LimitText>& limits) {
  Text text = plain_line("This configuration cannot be priced.", Row::Tone::kAnswer);
  text += because(limits);
  return text;
}

Json unpriced_json(const std::vector<LimitText>& limits) {
  Json json;
  for (const char* name : {"config", "time", "step", "volume", "thresholds"}) {
    json[name] = nullptr;
    json[std::string(name) + "_reason"] = limits.front().message;
  }
  json["feasible"] = false;
  json["limits"] = limits_json(limits);
  return json;
}

Text explain_text(const Problem& problem, const ExplainReport& report, Detail detail) {
  const Prediction& here = report.here.prediction;
  const bool feasible = report.limits.empty();
  Text text = plain_line(fmt::format("{}{}.", feasible ? "" : "Infeasible: ", report.here.name),
                         Row::Tone::kAnswer);
  text += because(report.limits);
  if (!feasible) text += plain_line("If it could run:");
  text += time_line(problem, here);
  text += gain_line(problem, here, report.thresholds);
  text += warnings(report.here) + "\n";
  text += asked(problem, here);
  text += labelled("Distance", distance(report));
  text += confidence_line(report.sensitivity) + "\n";
  text += time_chart(here);
  const Text sure = sensitivity_section(problem, report.sensitivity);
  if (detail == Detail::kScreen) {
    text += threshold_lines(problem, here, report.thresholds);
    text += labelled("Set", to_set(problem, report.here, report.thresholds) + ".");
    text += memory_line(problem, report.here);
    constexpr std::array<std::string_view, 4> kDispensable = {
        "  Chunk C", "Model", "Distance", "Confidence"};
    return on_a_screen(text + labelled("More", "with --verbose."), kDispensable) + sure;
  }
  text += "\n" + threshold_table(problem, here, report.thresholds) + "\n";
  text += split_balance(report.here);
  text += dbo_rule(here);
  text += binding(here);
  return text + settings(problem, report.here, report.thresholds) + sure;
}

Json explain_json(const Problem& problem, const ExplainReport& report) {
  Json json = result_json(problem, report.here);
  json["model"] = model_json(problem.workload.figures.read);
  json["thresholds"] = thresholds_json(problem, report.thresholds);
  json["runs_on"] = runs_on(problem, report.here, report.thresholds);
  json["feasible"] = report.limits.empty();
  json["limits"] = limits_json(report.limits);
  json["over_bound"] = report.over_bound;
  if (report.optimum) {
    json["over_optimum"] = report.over_optimum;
    json["optimum"] = result_json(problem, *report.optimum);
  } else {
    for (const char* name : {"over_optimum", "optimum"}) {
      json[name] = nullptr;
      json[std::string(name) + "_reason"] = kNothingFeasible;
    }
  }
  add_sensitivity(problem, report.sensitivity, json);
  return json;
}

}  // namespace wideep
