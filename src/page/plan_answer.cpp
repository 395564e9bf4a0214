#include "page/plan_answer.h"

#include <array>
#include <utility>

#include "model/thresholds.h"
#include "page/answers.h"
#include "page/around.h"
#include "page/charts.h"
#include "plan/plan.h"
#include "report/config_report.h"
#include "report/flag_lines.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

Json role_answer_json(const PlanQuestion& question, InstanceRole role, const RolePlan& of) {
  const Instance& instance = *of.instance;
  const Problem& laid = *instance.problem;
  const Problem asked =
      role_problems(question, role, question.decode.workload.slo.tpot)[instance.variant];
  const Config& config = instance.prediction.config;
  return {{"name", role == InstanceRole::kPrefill ? "prefill" : "decode"},
          {"result", result_json(laid, report_on(laid, instance.prediction))},
          {"thresholds", thresholds_json(laid, thresholds(laid, config))},
          {"charts", charts_json(asked, config)},
          {"map", map_json(asked, config)}};
}

}  // namespace

Json plan_answer_json(const PlanQuestion& question, bool of_prefill) {
  constexpr int kFewFrontPoints = 12;  // steps that take prompts too take long to search
  const PlanResult result = best_plan(question);
  if (!result.best) return {{"plan", nullptr}, {"report", sure_plan_json(question)}};
  const Plan& best = *result.best;
  const InstanceRole decoding = best.prefill ? InstanceRole::kDecode : InstanceRole::kMixed;
  const bool prefill = of_prefill && best.prefill;
  const Instance& instance = *best.decode.instance;
  Problem free = role_problems(question, decoding, std::nullopt)[instance.variant];
  keep_layout(free, instance.prediction.config);
  return {{"plan", plan_json(question, best)},
          {"use", shape_of(best)},
          {"flags", flag_lines(shapes_of(best, question.lengths), question.decode).roles},
          {"role",
           prefill ? role_answer_json(question, InstanceRole::kPrefill, *best.prefill)
                   : role_answer_json(question, decoding, best.decode)},
          {"front", front_json(free, kFewFrontPoints)}};
}

Json sure_plan_json(const PlanQuestion& question) {
  return plan_json(question, report_plan(question));
}

Json loads_json(const PlanQuestion& question) {
  if (!question.demand.rate) return nullptr;
  constexpr std::array<double, 9> kFactors = {0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0};
  InstanceSearches instances(question);
  Json found = Json::array();
  for (const double factor : kFactors) {
    PlanQuestion at = question;
    at.demand.rate = factor * *question.demand.rate;
    const auto best = best_plan(at, instances).best;
    Json load = {{"requests_per_s", at.demand.rate->base()}, {"gpus", nullptr}};
    if (best) {
      load["gpus"] = best->gpus();
      load["output_tokens_per_gpu_per_s"] = best->tokens_per_gpu();
      load["use"] = shape_of(*best);
    }
    found.push_back(std::move(load));
  }
  return found;
}

}  // namespace wideep
