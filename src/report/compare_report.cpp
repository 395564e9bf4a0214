#include "report/compare_report.h"

#include <algorithm>
#include <array>

#include "model/coverage.h"
#include "model/limits.h"
#include "model/placed.h"
#include "report/config_json.h"
#include "search/answer.h"

namespace wideep {
namespace {

constexpr const char* kNoneFeasible = "none of them is feasible";

constexpr std::array<std::pair<Measure, std::string_view>, 4> kMeasureNames = {
    {{Measure::kTpot, "tpot_s"},
     {Measure::kTtft, "ttft_s"},
     {Measure::kStep, "step_s"},
     {Measure::kThroughput, "tokens_per_gpu_per_s"}}};

double per_gpu(const Compared& one) {
  return one.report->prediction.step.tokens_per_gpu_per_second;
}

Compared best_of(Choice choice) {
  Compared found{.argument = std::move(choice.argument),
                 .is_best = true,
                 .problem = {},
                 .report = {},
                 .limits = {}};
  const Answer answered = answer(choice.problem);
  if (const Prediction* const used = answered.used()) {
    found.problem = placed(std::move(choice.problem), used->config);
    found.report = report_on(found.problem, *used);
  } else {
    found.limits = texts_of(choice.problem, reasons_at(choice.problem));
    found.problem = std::move(choice.problem);
  }
  return found;
}

Phase phase_of(const Compared& one) {
  return one.problem.workload.traffic.phase;
}

/// What makes most of the difference, of the same phase.
std::optional<CostTerm> mostly_by(const Compared& one, const Compared& other) {
  if (!one.report || !other.report || phase_of(one) != phase_of(other)) return std::nullopt;
  return largest_difference(one.report->prediction, other.report->prediction);
}

Measure measure_of(const std::vector<Compared>& all) {
  const auto each = [&](const auto& holds) {
    return std::all_of(all.begin(), all.end(), [&](const Compared& one) {
      return !one.report || !one.is_feasible() || holds(one);
    });
  };
  const Phase phase = all.front().problem.workload.traffic.phase;
  const bool same_phase = each([&](const Compared& one) { return phase_of(one) == phase; });
  if (!same_phase) return Measure::kThroughput;
  if (each([](const Compared& one) { return has_tpot(one.problem.workload); })) {
    return Measure::kTpot;
  }
  const bool waits =
      each([](const Compared& one) { return one.report->prediction.step.ttft.has_value(); });
  return waits ? Measure::kTtft : Measure::kStep;
}

std::vector<ComparedTerm> terms_of(const std::vector<Compared>& all) {
  std::vector<ComparedTerm> terms;
  for (std::size_t at = 0; at < kCostTermCount; ++at) {
    ComparedTerm row{.term = static_cast<CostTerm>(at), .values = {}, .largest = {}};
    for (const Compared& one : all) {
      row.values.push_back(one.report
                               ? cost_of(one.problem.workload, one.report->prediction, row.term)
                               : std::nullopt);
      row.largest.push_back(mostly_by(all.front(), one) == row.term);
    }
    terms.push_back(std::move(row));
  }
  return terms;
}

/// RESULT with what stands against it, as explain has it.
Json one_json(const CompareReport& report, const Compared& one) {
  Json json{{"argument", one.argument}};
  if (one.report) {
    json.update(result_json(one.problem, *one.report));
  } else {
    for (const char* name : {"config",
                             "time",
                             "stages",
                             "bound",
                             "exposed",
                             "load",
                             "step",
                             "memory",
                             "volume",
                             "tokens",
                             "tokens_per_rank"}) {
      put_null(json, name, one.limits.front().message);
    }
  }
  json["feasible"] = one.is_feasible();
  json["limits"] = limits_json(one.limits);
  if (one.report && one.is_feasible()) {
    const Compared& fastest = report.compared[*report.fastest];
    json["over_fastest"] = excess(one, fastest, report.measure);
    if (const auto by = mostly_by(fastest, one)) {
      json["mostly_by"] = words_of(*by).name;
    } else {
      put_null(json,
               "mostly_by",
               phase_of(one) == phase_of(fastest) ? "a step takes as long as that of the fastest"
                                                  : "the phases differ");
    }
  } else {
    for (const char* name : {"over_fastest", "mostly_by"}) put_null(json, name, "it is infeasible");
  }
  return json;
}

}  // namespace

Compared compared(Choice choice) {
  if (!choice.config) return best_of(std::move(choice));
  const Config& config = *choice.config;
  Compared found{.argument = std::move(choice.argument),
                 .problem = placed(std::move(choice.problem), config),
                 .report = {},
                 .limits = {}};
  found.limits = texts_of(found.problem, broken_limits(found.problem, config));
  if (!can_price(found.problem, config)) return found;
  found.report = report_on(found.problem, predict(found.problem, config));
  const StepTimes& step = found.report->prediction.step;
  if (const auto limit = step_limit(found.problem.workload, config, step)) {
    found.limits.push_back(text_of(found.problem, *limit));
  }
  return found;
}

std::optional<Seconds> measured(const Compared& one, Measure measure) {
  const StepTimes& step = one.report->prediction.step;
  switch (measure) {
    case Measure::kTpot:
      return step.tpot;
    case Measure::kTtft:
      return step.ttft;
    case Measure::kStep:
      return step.total;
    case Measure::kThroughput:
      break;
  }
  return std::nullopt;
}

double excess(const Compared& one, const Compared& other, Measure measure) {
  const auto here = measured(one, measure);
  const auto there = measured(other, measure);
  return here && there ? *here / *there - 1.0 : per_gpu(other) / per_gpu(one) - 1.0;
}

std::string letter_of(std::size_t at) {
  return {static_cast<char>('A' + static_cast<char>(at))};
}

CompareReport report_on(std::vector<Compared> all) {
  CompareReport report;
  report.compared = std::move(all);
  report.terms = terms_of(report.compared);
  report.measure = measure_of(report.compared);
  for (std::size_t at = 0; at < report.compared.size(); ++at) {
    const Compared& one = report.compared[at];
    if (!one.report || !one.is_feasible()) continue;
    std::optional<std::size_t>& fastest = report.fastest;
    std::optional<std::size_t>& most = report.most_per_gpu;
    if (!fastest || excess(one, report.compared[*fastest], report.measure) < 0.0) fastest = at;
    if (!most || per_gpu(one) > per_gpu(report.compared[*most])) most = at;
  }
  return report;
}

Json compare_json(const CompareReport& report) {
  Json configurations = Json::array();
  for (const Compared& one : report.compared) configurations.push_back(one_json(report, one));
  Json differences = Json::array();
  for (const ComparedTerm& row : report.terms) {
    Json values = Json::array();
    Json largest = Json::array();
    for (std::size_t at = 0; at < row.values.size(); ++at) {
      values.push_back(row.values[at] ? Json(row.values[at]->base()) : Json(nullptr));
      if (row.largest[at]) largest.push_back(at);
    }
    differences.push_back({{"term", words_of(row.term).name},
                           {"values_s", std::move(values)},
                           {"largest_for", std::move(largest)}});
  }
  const auto* const measure =
      std::find_if(kMeasureNames.begin(), kMeasureNames.end(), [&](const auto& named) {
        return named.first == report.measure;
      });
  Json json{{"configurations", std::move(configurations)},
            {"differences", std::move(differences)},
            {"ranked_by", measure->second}};
  for (const auto& [name, index] : {std::pair("fastest", report.fastest),
                                    std::pair("most_tokens_per_gpu", report.most_per_gpu)}) {
    if (index) {
      json[name] = *index;
    } else {
      put_null(json, name, kNoneFeasible);
    }
  }
  return json;
}

}  // namespace wideep
