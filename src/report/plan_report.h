#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan_sensitivity.h"
#include "plan/relax.h"
#include "report/config_report.h"
#include "report/limit_text.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// Which of the limits binds.
struct PlanBinding {
  std::string name;         ///< "slo.tpot"; "instances" where none of those that are stated does
  double gain = 0.0;        ///< of output tokens/s per GPU, were it a tenth wider
  std::optional<int> gpus;  ///< of the plan then
};

/// The best plan as one engine serves it.
struct EnginePlan {
  std::string id;    ///< as the workload's key `engine` has it
  std::string name;  ///< as reports have it
  std::optional<Plan> best;
};

/// What reports say of a question of a deployment: text and JSON are printed from it.
struct PlanReport {
  PlanResult result;
  PlanBinding binding;                              ///< of a best plan
  std::optional<PlanRange> range;                   ///< likewise
  std::vector<Warning> warnings;                    ///< of its configurations, each once
  std::vector<LimitText> obstacles;                 ///< where there is none
  std::optional<PlanSensitivity> sensitivity = {};  ///< unset: nobody asked for that
  std::vector<EnginePlan> by_engine = {};           ///< where the question names none
};

/// What the obstacle says, and what would lift it.
std::vector<LimitText> texts_of(const PlanQuestion& question, const PlanObstacle& obstacle);

/// The answer to the question, with what binds it.
PlanReport report_plan(const PlanQuestion& question);

/// The best plan by each engine that is known, with its runs and its figures of a step where the
/// question states none; none where the question names one.
std::vector<EnginePlan> plans_by_engine(const PlanQuestion& question);

Text plan_text(const PlanQuestion& question, const PlanReport& report, Detail detail);

/// docs/json.md#plan
Json plan_json(const PlanQuestion& question, const PlanReport& report);

/// PLAN there, of one plan.
Json plan_json(const PlanQuestion& question, const Plan& plan);

/// The same question of one of several fabrics.
struct FabricPlan {
  PlanQuestion question;
  PlanReport report;
};

/// The best first: by cost where every fabric has the same currency, else by output tokens per
/// second and GPU; those without a plan last.
void sort_fabrics(std::vector<FabricPlan>& plans);

/// Sorted plans side by side.
Text fabrics_text(const std::vector<FabricPlan>& plans);
Json fabrics_json(const std::vector<FabricPlan>& plans);

// What the two share.

/// What `--sensitivity` adds to the text; empty where that was not asked for.
Text plan_sensitivity_section(const PlanQuestion& question, const PlanReport& report);

/// Adds "sensitivity", null with its reason where nobody asked for that.
void add_plan_sensitivity(const PlanReport& report, Json& json);

/// "1 instance", "2 instances".
std::string count_of(int count, std::string_view one);

/// "2 x EP 8 for prefill, 1 x EP 32 for decode".
std::string shape_of(const Plan& plan);

/// Of a million output tokens; unset where the fabric has no price.
std::optional<Price> cost_per_million(const PlanQuestion& question, const Plan& plan);

}  // namespace wideep
