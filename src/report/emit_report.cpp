#include "report/emit_report.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "report/config_report.h"
#include "report/describe.h"
#include "report/flag_lines.h"
#include "report/plan_report.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string precision_of(const Problem& problem) {
  const auto& weights = problem.workload.figures.read.weights;
  return weights ? std::string(name_of(*weights)) : "";
}

template <typename Answer>
EmitReport report_of(const Runnable<Answer>& found,
                     const Problem& problem,
                     const LaunchTarget& target) {
  EmitReport report{.engine = target.engine,
                    .set = found.set,
                    .left_out = found.left_out,
                    .refused = found.refused};
  if (!report.set) return report;
  report.set->precision = precision_of(problem);
  for (const std::string& each : report.left_out) {
    report.set->predicted.push_back(fmt::format("Left out of the search: {}.", each));
  }
  return report;
}

std::string on_machine(const std::string& what, const Problem& problem) {
  const std::string model =
      problem.workload.model.name.empty() ? "The model" : problem.workload.model.name;
  const std::string where = problem.fabric.name.empty() ? "" : " on " + problem.fabric.name;
  return fmt::format("{}{}: {}.", model, where, what);
}

}  // namespace

EmitReport emit_report(const PlanQuestion& question, LaunchTarget target) {
  place_on(question.decode.fabric, target);
  const Runnable<Plan> found = runnable_plan(question, target);
  EmitReport report = report_of(found, question.decode, target);
  if (!report.set) return report;
  LaunchSet& set = *report.set;
  const Plan& plan = *found.answer;
  set.title = on_machine(shape_of(plan), question.decode);
  const RequestLengths& lengths = question.lengths;
  set.input_tokens = static_cast<int>(std::round(mean_input(lengths)));
  set.output_tokens = static_cast<int>(std::round(mean_output(lengths)));
  set.concurrency = static_cast<int>(std::ceil(plan.in_flight()));
  set.predicted.push_back(
      fmt::format("Asked: {} requests/s, prompts of {} and answers of {} tokens.",
                  format_number(plan.rate.base()),
                  format_count(set.input_tokens),
                  format_count(set.output_tokens)));
  set.predicted.push_back(fmt::format("By the model: TTFT {}, TPOT {}, {} output tokens/s per GPU.",
                                      format(plan.waiting.times.ttft.mean),
                                      format(plan.tpot()),
                                      format_number(plan.tokens_per_gpu())));
  return report;
}

EmitReport emit_report(const Problem& problem,
                       const std::optional<Config>& config,
                       LaunchTarget target) {
  place_on(problem.fabric, target);
  const Runnable<Prediction> found =
      config ? runnable_config(problem, *config, target) : runnable_config(problem, target);
  EmitReport report = report_of(found, problem, target);
  if (!report.set) return report;
  const Prediction& prediction = *found.answer;
  report.set->title = on_machine(describe(problem, prediction), problem);
  const auto& context = problem.workload.traffic.context;
  report.set->predicted.push_back(
      fmt::format("By the model{}: {} a step, {} tokens/s per GPU.",
                  context ? fmt::format(" at a context of {}", format_count(*context)) : "",
                  format(prediction.step.total),
                  format_number(prediction.step.tokens_per_gpu_per_second)));
  return report;
}

Text emit_refusal(const EmitReport& report) {
  Text text =
      plain_line(fmt::format("{} does not run this.", title_of(report.engine)), Row::Tone::kAnswer);
  for (const std::string& sentence : report.refused) text += labelled("Because", sentence + ".");
  for (const std::string& each : report.left_out) text += labelled("Left out", each + ".");
  return text;
}

Json emit_json(const EmitReport& report, std::string_view format_name, LaunchFormat format) {
  const auto settings = [](const std::vector<LaunchSetting>& all) {
    Json list = Json::array();
    for (const LaunchSetting& each : all) {
      list.push_back({{"key", each.key}, {"value", each.value}, {"why", each.why}});
    }
    return list;
  };
  Json json{{"engine", id_of(report.engine)},
            {"format", format_name},
            {"left_out", report.left_out},
            {"refused", report.refused},
            {"file", nullptr}};
  if (!report.set) {
    json["file_reason"] =
        report.refused.empty() ? "nothing is feasible" : "the engine does not run it";
    return json;
  }
  const LaunchSet& set = *report.set;
  json["file"] = launch_file(set, format);
  json["version"] = set.version;
  json["model"] = set.model;
  json["title"] = set.title;
  json["predicted"] = set.predicted;
  json["cannot"] = set.cannot;
  json["roles"] = Json::array();
  for (const Launch& launch : set.roles) {
    json["roles"].push_back({{"role", name_of(launch.kind)},
                             {"instances", launch.instances},
                             {"nodes", launch.nodes},
                             {"gpus_per_node", launch.gpus_per_node},
                             {"flags", settings(launch.flags)},
                             {"environment", settings(launch.variables)}});
  }
  return json;
}

}  // namespace wideep
