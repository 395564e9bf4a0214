#include "report/explain_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/model_section.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string distance(const Problem& problem, const Explanation& explanation) {
  const Prediction& here = explanation.prediction;
  std::string text =
      fmt::format("{} above the bound", format_percent(here.layer / here.dbo_bound - 1.0));
  if (!explanation.optimum) return text + "; nothing in the search space is feasible.";
  const Prediction& best = *explanation.optimum;
  const double slower = here.layer / best.layer - 1.0;
  return text + (slower <= 0.0 ? std::string("; no configuration of the search space is faster.")
                               : fmt::format("; {} slower than the optimum, {} at {}.",
                                             format_percent(slower),
                                             describe(problem, best),
                                             format(best.layer)));
}

Json limits_json(const std::vector<BrokenLimit>& limits) {
  Json list = Json::array();
  for (const BrokenLimit& limit : limits) {
    list.push_back({{"rule", limit.rule}, {"message", limit.message}, {"fix", limit.fix}});
  }
  return list;
}

}  // namespace

std::string unpriced_text(const std::vector<BrokenLimit>& limits) {
  std::string text = "This configuration cannot be priced.\n";
  for (const BrokenLimit& limit : limits) text += labelled("  because", sentence(limit));
  return text;
}

Json unpriced_json(const std::vector<BrokenLimit>& limits) {
  Json json;
  for (const char* name : {"config", "time", "step", "volume", "thresholds"}) {
    json[name] = nullptr;
    json[std::string(name) + "_reason"] = limits.front().message;
  }
  json["feasible"] = false;
  json["limits"] = limits_json(limits);
  return json;
}

std::string explain_text(const Problem& problem, const Explanation& explanation) {
  const Prediction& here = explanation.prediction;
  const bool feasible = explanation.limits.empty();
  std::string text =
      fmt::format("{}{}.\n", feasible ? "" : "Infeasible: ", describe(problem, here));
  for (const BrokenLimit& limit : explanation.limits) {
    text += labelled("  because", sentence(limit));
  }
  if (!feasible) text += "If it could run:\n";
  text += time_line(problem, here);
  text += gain_line(problem, here, explanation.thresholds);
  text += warnings(problem, here);
  text += fmt::format("\n{}", asked(problem, here));
  text += labelled("Distance", distance(problem, explanation)) + "\n";
  text += time_chart(here) + "\n";
  text += threshold_table(problem, here, explanation.thresholds) + "\n";
  text += split_balance(here);
  text += dbo_rule(here);
  text += binding(here);
  text += step(problem, here);
  text += memory(problem, here);
  text += load(problem, here);
  text += attention(problem, here);
  text += engines(problem, here, explanation.thresholds);
  text += traffic(here);
  text += timing(problem, here);
  text += token_convention(problem, here);
  return text;
}

Json explain_json(const Problem& problem, const Explanation& explanation) {
  const Prediction& here = explanation.prediction;
  Json json = result_json(problem, here);
  json["model"] = model_json(problem.workload.read);
  json["thresholds"] = thresholds_json(problem, explanation.thresholds);
  json["feasible"] = explanation.limits.empty();
  json["limits"] = limits_json(explanation.limits);
  json["over_bound"] = std::max(0.0, here.layer / here.dbo_bound - 1.0);  // rounding
  if (explanation.optimum) {
    json["over_optimum"] = here.layer / explanation.optimum->layer - 1.0;
    json["optimum"] = result_json(problem, *explanation.optimum);
  } else {
    json["over_optimum"] = nullptr;
    json["over_optimum_reason"] = "nothing in the search space is feasible";
    json["optimum"] = nullptr;
    json["optimum_reason"] = "nothing in the search space is feasible";
  }
  return json;
}

}  // namespace wideep
