#include "report/plan_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "engines/engine.h"
#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr double kFelt = 0.001;

std::vector<Warning> warnings_of_plan(const Plan& plan) {
  std::vector<Warning> all;
  const auto add = [&](const Instance& instance) {
    for (Warning& warning : warnings_of(*instance.problem, instance.prediction)) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const Warning& other) {
        return other.message == warning.message;
      });
      if (!known) all.push_back(std::move(warning));
    }
  };
  if (plan.prefill) add(*plan.prefill->instance);
  add(*plan.decode.instance);
  return all;
}

PlanBinding binding_of(const PlanQuestion& question,
                       const Plan& best,
                       InstanceSearches& instances) {
  const std::vector<Relaxed> limits = relaxed(question, best, instances);
  if (limits.empty() || limits.front().gain < kFelt) {
    return {.name = "instances", .gain = 0.0, .gpus = {}};
  }
  const Relaxed& first = limits.front();
  return {.name = std::string(first.key), .gain = first.gain, .gpus = first.plan->gpus()};
}

/// Of no decode: the shortest step that there is.
std::optional<LimitText> tpot_text(const PlanObstacle& obstacle) {
  const BrokenLimit* shortest = nullptr;
  for (const BrokenLimit& limit : obstacle.limits) {
    if (limit.kind != LimitKind::kTpot) continue;
    if (shortest == nullptr || limit.asked < shortest->asked) shortest = &limit;
  }
  if (shortest == nullptr) return std::nullopt;
  const auto least = std::get<Seconds>(shortest->asked);
  const bool drafts = obstacle.problem->workload.traffic.drafting.tokens > 0;
  return LimitText{.rule = rule_of(LimitKind::kTpot),
                   .message = fmt::format("{} takes {} at least ({}), and slo.tpot allows {}",
                                          drafts ? "a token of a request" : "a decode step",
                                          format(least),
                                          describe_choice(*obstacle.problem, shortest->config),
                                          format(std::get<Seconds>(shortest->allowed))),
                   .fix = drafts ? "raise slo.tpot well above that"
                                 : "raise slo.tpot well above that, or draft tokens (mtp)"};
}

}  // namespace

std::string count_of(int count, std::string_view one) {
  return fmt::format("{} {}{}", format_count(count), one, count == 1 ? "" : "s");
}

std::string shape_of(const Plan& plan) {
  const auto layout = [](const RolePlan& role) {
    return layout_text(role.instance->prediction.config);
  };
  if (!plan.prefill) {
    return fmt::format("{} of {} that prefill and decode",
                       count_of(plan.decode.count, "instance"),
                       layout(plan.decode));
  }
  return fmt::format("{} x {} for prefill, {} x {} for decode",
                     plan.prefill->count,
                     layout(*plan.prefill),
                     plan.decode.count,
                     layout(plan.decode));
}

std::optional<Price> cost_per_million(const PlanQuestion& question, const Plan& plan) {
  const auto& price = question.decode.fabric.gpu_hour;
  if (!price) return std::nullopt;
  constexpr double kSecondsPerHour = 3'600.0;
  constexpr double kMillion = 1e6;
  const double hours = kMillion / plan.tokens_per_gpu() / kSecondsPerHour;
  return Price{.amount = hours * price->amount, .currency = price->currency};
}

std::vector<LimitText> texts_of(const PlanQuestion& question, const PlanObstacle& obstacle) {
  switch (obstacle.kind) {
    case PlanObstacle::Kind::kNoPrefill:
    case PlanObstacle::Kind::kNoDecode: {
      std::vector<LimitText> texts;
      for (LimitText& text : texts_of(*obstacle.problem, obstacle.limits)) {
        // Its own words come instead.
        if (text.rule != rule_of(LimitKind::kTpot)) texts.push_back(std::move(text));
      }
      if (const auto text = tpot_text(obstacle)) texts.push_back(*text);
      return texts;
    }
    case PlanObstacle::Kind::kTtft:
    case PlanObstacle::Kind::kTtftP95: {
      const bool mean = obstacle.kind == PlanObstacle::Kind::kTtft;
      const Seconds allowed = mean ? *question.level.ttft : *question.level.ttft_p95;
      const std::string why =
          obstacle.least > allowed
              ? fmt::format("a prompt that waits for nothing takes {} at least",
                            format(obstacle.least))
              : fmt::format("of up to {} GPUs, waiting included", format_count(kMostPlanGpus));
      return {{.rule = mean ? "ttft" : "ttft_p95",
               .message =
                   fmt::format("no deployment has its first token in {}: {}", format(allowed), why),
               .fix = mean ? "a longer slo.ttft" : "a longer slo.ttft_p95"}};
    }
    case PlanObstacle::Kind::kMostGpus:
      return {{.rule = "gpus",
               .message = fmt::format("it takes more than the {} GPUs that are planned at once",
                                      format_count(kMostPlanGpus)),
               .fix = "plan a part of the traffic: instances serve the same beside others"}};
    case PlanObstacle::Kind::kGpus:
      return {{.rule = "gpus",
               .message = fmt::format("it takes {} GPUs, and gpus allows {}",
                                      format_count(obstacle.gpus),
                                      format_count(*question.demand.gpus)),
               .fix = fmt::format("gpus: {}", obstacle.gpus)}};
  }
  return {};
}

PlanReport report_plan(const PlanQuestion& question) {
  InstanceSearches instances(question);
  PlanReport report{.result = best_plan(question, instances),
                    .binding = {},
                    .range = {},
                    .warnings = {},
                    .obstacles = {}};
  if (!report.result.best) {
    for (const PlanObstacle& obstacle : report.result.obstacles) {
      for (LimitText& text : texts_of(question, obstacle)) {
        report.obstacles.push_back(std::move(text));
      }
    }
    return report;
  }
  report.binding = binding_of(question, *report.result.best, instances);
  report.range = plan_range(question, *report.result.best, instances);
  report.warnings = warnings_of_plan(*report.result.best);
  return report;
}

std::vector<EnginePlan> plans_by_engine(const PlanQuestion& question) {
  std::vector<EnginePlan> all;
  if (question.decode.workload.engine || question.prefill.workload.engine) return all;
  for (const Engine& engine : engines()) {
    PlanQuestion served = question;
    served.decode.workload.engine = engine.id;
    served.prefill.workload.engine = engine.id;
    all.push_back({.id = engine.id, .name = engine.name, .best = best_plan(served).best});
  }
  return all;
}

}  // namespace wideep
