// What plan prints for people.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "engines/engine.h"
#include "report/describe.h"
#include "report/flag_lines.h"
#include "report/limit_sentences.h"
#include "report/model_section.h"
#include "report/plan_report.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Costs this near to each other are told as the same.
constexpr double kRoundedAlike = 1e-6;

Text answer_lines(const PlanQuestion& question, const PlanReport& report) {
  const Plan& plan = *report.result.best;
  const ServingTimes& times = plan.waiting.times;
  Text text = plain_line(fmt::format("Use {} GPUs: {}.", format_count(plan.gpus()), shape_of(plan)),
                         Row::Tone::kAnswer);
  text += plain_line(fmt::format("{} output tokens/s per GPU; TTFT {} (95% within {}), TPOT {}.",
                                 format_count(std::round(plan.tokens_per_gpu())),
                                 format(times.ttft.mean),
                                 format(times.ttft.p95),
                                 format(plan.tpot())));
  const PlanBinding& binding = report.binding;
  const std::string bound = binding.gain > 0.0
                                ? fmt::format("{} binds: a tenth more of it gives {} more per GPU",
                                              binding.name,
                                              format_percent(binding.gain))
                                : "whole instances bind";
  if (question.demand.concurrency) {
    text += plain_line(fmt::format("{} requests/s with {} in flight; {}.",
                                   format_number(plan.rate.base()),
                                   format_number(*question.demand.concurrency),
                                   bound));
  } else {
    text += plain_line(fmt::format("{} requests/s, {} at most; {}.",
                                   format_number(plan.rate.base()),
                                   format_number(plan.most.base()),
                                   bound));
  }
  return text;
}

std::string level_text(const PlanQuestion& question) {
  const auto& [ttft, p95, tpot] = question.level;
  std::string text;
  if (ttft) text += fmt::format(", TTFT up to {}", format(*ttft));
  if (p95) text += fmt::format(", of 95% up to {}", format(*p95));
  if (tpot) text += fmt::format(", TPOT up to {}", format(*tpot));
  return text;
}

Text asked(const PlanQuestion& question) {
  const Problem& problem = question.decode;
  const auto& [rate, concurrency, gpus] = question.demand;
  std::string demand = "the best ratio of instances";
  if (rate) demand = fmt::format("{} requests/s", format_number(rate->base()));
  if (concurrency) demand = fmt::format("{} requests in flight", format_number(*concurrency));
  if (gpus) {
    demand = rate || concurrency ? fmt::format("{} on {} GPUs at most", demand, format_count(*gpus))
                                 : fmt::format("the most that {} GPUs serve", format_count(*gpus));
  }
  const RequestLengths& lengths = question.lengths;
  std::string prompts = fmt::format("prompts of {}", format_count(std::round(mean_input(lengths))));
  if (lengths.cached_share > 0.0) {
    prompts += fmt::format(" ({} cached)", format_percent(lengths.cached_share));
  }
  std::string machine = problem.fabric.name;
  if (const Engine* const engine = engine_asked(problem)) machine += " with " + engine->name;
  return labelled("Asked",
                  fmt::format("{} on {}: {}, {} and answers of {} tokens{}{}.",
                              problem.workload.model.name.empty() ? "the model"
                                                                  : problem.workload.model.name,
                              machine,
                              demand,
                              prompts,
                              format_count(std::round(mean_output(lengths))),
                              lengths.all.size() > 1 ? " on average" : "",
                              level_text(question))) +
         model_section(problem.workload.figures.read);
}

std::string batch_of(const Instance& instance) {
  const Config& config = instance.prediction.config;
  const Problem& problem = *instance.problem;
  if (instance.slots == 0) {
    return fmt::format("{} tokens per rank", format_count(config.tokens_per_gpu()));
  }
  const int drafts = problem.workload.traffic.drafting.tokens;
  std::string text = count_of(instance.slots, "request");
  if (drafts > 0) text += fmt::format(", {} drafted for each", drafts);
  if (instance.prompts) {
    text += fmt::format(", {} tokens of prompts per {}",
                        format_count(std::round(instance.prompts->tokens)),
                        config.attention.ranks > 1 ? "attention group" : "rank");
  }
  return text;
}

Text role_text(std::string_view label, const RolePlan& role, double use) {
  const Instance& instance = *role.instance;
  const Problem& problem_of = *instance.problem;
  const int redundant = instance.problem->workload.serving.redundant_experts;
  std::string text =
      fmt::format("{} on {}{}: {}; {}{}; a step takes {}, {} in use",
                  count_of(role.count, "instance"),
                  count_of(instance.gpus(), "GPU"),
                  role.count > 1 ? " each" : "",
                  describe_choice(problem_of, instance.prediction.config),
                  batch_of(instance),
                  redundant > 0 ? fmt::format(", {} redundant experts", redundant) : std::string(),
                  format(instance.step),
                  format_percent(use));
  if (const auto& memory = instance.prediction.memory) {
    text += fmt::format(", {} of {}", format(memory->total()), format(memory->capacity));
  }
  return labelled(label, text + ".");
}

/// TTFT as what it is made of.
Text ttft_chart(const Plan& plan) {
  const ServingTimes& times = plan.waiting.times;
  struct Part {
    const char* name;
    const TimeSpread* time;
  };
  const std::array<Part, 5> parts = {{{"waiting", &times.waiting},
                                      {"prefill", &times.prefill},
                                      {"transfer", &times.transfer},
                                      {"for a slot", &times.slot_waiting},
                                      {"first step", &times.first_step}}};
  constexpr double kColumns = 24.0;  // beside the figures, on the narrowest display
  constexpr double kUnseen = 1e-4;
  Text text = "TTFT (mean, and what 95% are within)\n";
  double before = 0.0;
  for (const auto& [name, time] : parts) {
    if (time->mean <= kUnseen * times.ttft.mean) continue;
    const double share = time->mean / times.ttft.mean;
    const auto first = static_cast<std::size_t>(std::round(kColumns * before));
    const auto last = static_cast<std::size_t>(std::round(kColumns * (before + share)));
    text += fmt::format("  {:<10} {:>10} {:>10}  {}{}\n",
                        name,
                        format(time->mean),
                        time->p95 > kUnseen * times.ttft.p95 ? format(time->p95) : "none",
                        std::string(first, ' '),
                        std::string(std::max<std::size_t>(1, last - first), '#'));
    before += share;
  }
  text += fmt::format(
      "  {:<10} {:>10} {:>10}\n", "= TTFT", format(times.ttft.mean), format(times.ttft.p95));
  return text;
}

/// What the question asks of a plan: how many GPUs, or how much of each.
std::string worth_text(const PlanQuestion& question, const std::optional<Plan>& plan) {
  if (!plan) return "none holds the level";
  const bool demanded = question.demand.rate || question.demand.concurrency;
  return demanded
             ? fmt::format("{} GPUs", format_count(plan->gpus()))
             : fmt::format("{} tokens/s per GPU", format_count(std::round(plan->tokens_per_gpu())));
}

std::string range_text(const PlanQuestion& question, const PlanRange& range) {
  return fmt::format(
      "steps are predicted to within {} in the median: if slower by that, {}; if faster, {}.",
      format_percent(kServedError),
      worth_text(question, range.slower),
      worth_text(question, range.faster));
}

std::string engines_text(const PlanQuestion& question, const std::vector<EnginePlan>& plans) {
  std::string text;
  for (const EnginePlan& plan : plans) {
    text += fmt::format(
        "{}{} {}", text.empty() ? "" : ", ", plan.name, worth_text(question, plan.best));
  }
  return text + ", each at its own serving efficiency: name yours (engine: vllm).";
}

/// Where the time and the memory of an instance go.
Text role_details(std::string_view name, const Instance& instance) {
  const Problem& problem = *instance.problem;
  const ConfigReport report = report_on(problem, instance.prediction);
  const Thresholds found = thresholds(problem, instance.prediction.config);
  return fmt::format("\n{}: {}\n", name, report.name) + time_chart(instance.prediction) +
         step(problem, instance.prediction) + memory(problem, report) +
         labelled("Set", to_set(problem, report, found) + ".");
}

std::string other_text(const Plan& other, const Plan& best) {
  return fmt::format("{} GPUs: {}; {} output tokens/s per GPU, {}.",
                     format_count(other.gpus()),
                     shape_of(other),
                     format_count(std::round(other.tokens_per_gpu())),
                     other.cost <= best.cost * (1.0 + kRoundedAlike)
                         ? "as good"
                         : fmt::format("{} worse", format_percent(other.cost / best.cost - 1.0)));
}

/// A count that may be large: "4.1e+09".
std::string points_text(double points) {
  constexpr double kReadable = 1e6;
  return points < kReadable ? format_count(points) : fmt::format("{:.1e}", points);
}

/// docs/planning.md#waiting-errors
std::string doubt_text(WaitingDoubt doubt) {
  switch (doubt) {
    case WaitingDoubt::kShortSteps:
      return "TTFT is rough here, mostly too low: prefill steps cost little but their tokens, and "
             "batches grow on each other";
    case WaitingDoubt::kCrowdedSteps:
      return "TTFT is rough here, up to 20% too low: busy prefill instances fall into step";
    case WaitingDoubt::kBursts:
      return "TTFT is rough here, its 95% too high: slots are held for less than two prefill steps";
  }
  return "";
}

}  // namespace

Text plan_text(const PlanQuestion& question, const PlanReport& report, Detail detail) {
  if (!report.result.best) {
    Text text =
        plain_line("No deployment serves this traffic within these limits.", Row::Tone::kAnswer);
    return text + because(report.obstacles) + "\n" + asked(question);
  }
  const Plan& plan = *report.result.best;
  const ServingTimes& times = plan.waiting.times;
  Text text = answer_lines(question, report);
  for (const Warning& warning : report.warnings) text += labelled("Beware", warning.message + ".");
  if (plan.waiting.doubt) text += labelled("Beware", doubt_text(*plan.waiting.doubt) + ".");
  if (plan.prefill && !plan.prompts().transfer) {
    text += labelled("Beware",
                     "the fabric has no kv_transfer: what the KV cache takes to decode is not "
                     "counted.");
  }
  text += "\n";
  text += asked(question);
  if (plan.prefill) text += role_text("Prefill", *plan.prefill, times.prefill_utilization);
  text += role_text(plan.prefill ? "Decode" : "Both", plan.decode, times.decode_utilization);
  const auto& [best, recommended, runner_up, obstacles, points, evaluated] = report.result;
  const bool preferred = recommended && recommended->cost > best->cost * (1.0 + kRoundedAlike);
  const bool told = preferred && runner_up && runner_up->cost == recommended->cost &&
                    runner_up->gpus() == recommended->gpus();
  if (preferred) {
    text += labelled("Prefer", other_text(*recommended, plan));
  }
  if (runner_up && !told) text += labelled("Runner-up", other_text(*runner_up, plan));
  if (!report.by_engine.empty()) {
    text += labelled("By engine", engines_text(question, report.by_engine));
  }
  text += set_rows(question, plan);
  text += labelled("Confidence", range_text(question, *report.range));
  text += labelled("Proof",
                   fmt::format("proved best over {} pairs of configurations and batches; {} pairs "
                               "of instances were priced.",
                               points_text(points),
                               format_count(static_cast<double>(evaluated))));
  text += "\n" + ttft_chart(plan);
  text += labelled("In flight",
                   fmt::format("{} requests.", format_count(std::round(plan.in_flight()))));
  if (const auto cost = cost_per_million(question, plan)) {
    text += labelled(
        "Cost",
        fmt::format(
            "{} {} for a million output tokens.", format_number(cost->amount), cost->currency));
  }
  if (detail == Detail::kEverything) {
    if (plan.prefill) text += role_details("Prefill", *plan.prefill->instance);
    text += role_details(plan.prefill ? "Decode" : "Both", *plan.decode.instance);
  }
  return text + plan_sensitivity_section(question, report);
}

}  // namespace wideep
