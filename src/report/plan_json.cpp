// docs/json.md#plan
#include "report/config_json.h"
#include "report/plan_report.h"

namespace wideep {
namespace {

Json role_json(const RolePlan& role, double utilisation) {
  const Instance& instance = *role.instance;
  const Problem& problem = *instance.problem;
  const Workload& workload = problem.workload;
  const Config& config = instance.prediction.config;
  Json json{{"instances", role.count},
            {"gpus_per_instance", instance.gpus()},
            {"tokens_per_rank", count(config.tokens_per_gpu())},
            {"config", config_json(problem, instance.prediction)},
            {"redundant_experts", workload.serving.redundant_experts},
            {"draft_tokens", workload.traffic.drafting.tokens},
            {"utilisation", utilisation},
            {"step_s", instance.step.base()},
            {"requests", instance.slots}};
  if (instance.prediction.memory) {
    json["memory_bytes"] = instance.prediction.memory->total().base();
  } else {
    put_null(json, "memory_bytes", memory_unknown(problem));
  }
  if (instance.prompts) {
    json["prompt_tokens_per_step"] = count(instance.prompts->tokens);
  } else {
    put_null(json, "prompt_tokens_per_step", "it takes no prompts");
  }
  return json;
}

Json spread_json(const TimeSpread& spread) {
  return {{"mean_s", spread.mean.base()}, {"p95_s", spread.p95.base()}};
}

std::string_view word_of(WaitingDoubt doubt) {
  switch (doubt) {
    case WaitingDoubt::kShortSteps:
      return "short_steps";
    case WaitingDoubt::kCrowdedSteps:
      return "crowded_steps";
    case WaitingDoubt::kBursts:
      return "bursts";
  }
  return "";
}

Json ttft_json(const Plan& plan) {
  const ServingTimes& times = plan.waiting.times;
  Json parts{{"waiting", spread_json(times.waiting)},
             {"prefill", spread_json(times.prefill)},
             {"slot_waiting", spread_json(times.slot_waiting)},
             {"first_step", spread_json(times.first_step)}};
  if (plan.prompts().transfer) {
    parts["transfer"] = spread_json(times.transfer);
  } else {
    put_null(parts, "transfer", "the fabric has no kv_transfer: it is counted as nothing");
  }
  return parts;
}

void put_plan(Json& json,
              const char* name,
              const PlanQuestion& question,
              const std::optional<Plan>& plan,
              const char* reason) {
  if (plan) {
    json[name] = plan_json(question, *plan);
  } else {
    put_null(json, name, reason);
  }
}

/// What is told of a plan beside the best.
void put_worth(Json& json, const char* name, const std::optional<Plan>& plan) {
  if (!plan) return put_null(json, name, "no deployment holds the level then");
  json[name] = {{"gpus", plan->gpus()},
                {"output_tokens_per_gpu_per_s", plan->tokens_per_gpu()},
                {"requests_per_s", plan->rate.base()}};
}

Json range_json(const PlanRange& range) {
  Json json{{"step_error", kServedError}};
  put_worth(json, "slower", range.slower);
  put_worth(json, "faster", range.faster);
  return json;
}

void add_engines(const PlanReport& report, Json& json) {
  if (report.by_engine.empty()) {
    return put_null(json, "by_engine", "the question names its engine, or is of several fabrics");
  }
  Json all = Json::object();
  for (const EnginePlan& plan : report.by_engine) put_worth(all, plan.id.c_str(), plan.best);
  json["by_engine"] = std::move(all);
}

}  // namespace

Json plan_json(const PlanQuestion& question, const Plan& plan) {
  const ServingTimes& times = plan.waiting.times;
  Json json;
  if (plan.prefill) {
    json["prefill"] = role_json(*plan.prefill, times.prefill_utilization);
  } else {
    put_null(json, "prefill", "decode instances take the prompts in their steps");
  }
  json["decode"] = role_json(plan.decode, times.decode_utilization);
  json["gpus"] = plan.gpus();
  json["output_tokens_per_gpu_per_s"] = plan.tokens_per_gpu();
  json["output_tokens_per_s"] = plan.rate.base() * plan.output_tokens;
  json["requests_per_s"] = plan.rate.base();
  if (question.demand.concurrency) {
    put_null(json, "most_requests_per_s", "the concurrency is stated");
  } else {
    json["most_requests_per_s"] = plan.most.base();
  }
  json["ttft_s"] = times.ttft.mean.base();
  json["ttft_p95_s"] = times.ttft.p95.base();
  json["ttft_parts"] = ttft_json(plan);
  json["tpot_s"] = plan.tpot().base();
  json["requests_in_flight"] = plan.in_flight();
  if (plan.waiting.doubt) {
    json["ttft_doubt"] = word_of(*plan.waiting.doubt);
  } else {
    put_null(json, "ttft_doubt", "none is known");
  }
  if (const auto cost = cost_per_million(question, plan)) {
    json["cost_per_million_output_tokens"] = cost->amount;
    json["currency"] = cost->currency;
  } else {
    put_null(json, "cost_per_million_output_tokens", "the fabric has no gpu_hour");
  }
  return json;
}

Json plan_json(const PlanQuestion& question, const PlanReport& report) {
  const PlanResult& result = report.result;
  constexpr const char* kNone = "no deployment holds the level: reasons says why";
  Json json{{"fabric", question.decode.fabric.name}};
  put_plan(json, "plan", question, result.best, kNone);
  put_plan(json, "recommended", question, result.recommended, kNone);
  put_plan(json,
           "runner_up",
           question,
           result.runner_up,
           result.best ? "none in other roles, sizes or kernels is within tolerance" : kNone);
  json["certificate"] = {{"method", "bound"},
                         {"points", result.points},
                         {"evaluated", result.evaluated},
                         {"gap", 0.0}};
  if (!result.best) {
    put_null(json, "binding", kNone);
    put_null(json, "confidence", kNone);
    put_null(json, "by_engine", kNone);
    put_null(json, "sensitivity", kNone);
    json["reasons"] = limits_json(report.obstacles);
    return json;
  }
  json["binding"] = report.binding.name;
  json["binding_gain"] = report.binding.gain;
  json["confidence"] = range_json(*report.range);
  Json warnings = Json::array();
  for (const Warning& warning : report.warnings) warnings.push_back(warning.message);
  json["warnings"] = std::move(warnings);
  add_engines(report, json);
  add_plan_sensitivity(report, json);
  return json;
}

}  // namespace wideep
