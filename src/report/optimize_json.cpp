#include "report/config_json.h"
#include "report/describe.h"
#include "report/layout_sections.h"
#include "report/model_section.h"
#include "report/optimize_report.h"
#include "report/sections.h"

namespace wideep {
namespace {

Json certificate_json(const Certificate& certificate) {
  const bool exhaustive = certificate.method == Certificate::Method::kExhaustive;
  Json json{{"method", exhaustive ? "exhaustive" : "bound"},
            {"configurations", certificate.configurations},
            {"evaluated", certificate.evaluated},
            {"gap", certificate.gap}};
  if (certificate.nlopt_excess) {
    json["nlopt_excess"] = *certificate.nlopt_excess;
  } else {
    json["nlopt_excess"] = nullptr;
    json["nlopt_excess_reason"] = !certificate.nlopt_compared ? "one solver only"
                                  : certificate.nlopt_evaluations == 0
                                      ? "nothing was left for NLopt to choose"
                                      : "NLopt found no configuration within the transfer limits";
  }
  json["nlopt_evaluations"] = certificate.nlopt_evaluations;
  return json;
}

Json left_out_json(const Problem& problem, const std::vector<LeftOut>& excluded) {
  Json list = Json::array();
  for (const LeftOut& choice : excluded) {
    Json json{{"ep_width", choice.ep_width},
              {"experts", name_of(choice.experts)},
              {"kernel", problem.fabric.kernels[choice.kernel].name},
              {"overlap", nullptr},
              {"rule", choice.limit.rule},
              {"message", choice.limit.message},
              {"fix", choice.limit.fix}};
    if (choice.overlap) json["overlap"] = name_of(*choice.overlap);
    list.push_back(std::move(json));
  }
  return list;
}

/// What was searched, or left out as beyond the kernels' latencies.
Json kernels_json(const Problem& problem, const std::vector<SearchedKernel>& kernels) {
  Json list = Json::array();
  for (const auto& [index, widths, experts] : kernels) {
    const Kernel& kernel = problem.fabric.kernels[index];
    list.push_back({{"kernel", kernel.name},
                    {"ep_widths", widths},
                    {"sms", kernel.sms},
                    {"experts", name_of(experts)}});
  }
  return list;
}

Json overlaps_json(const SearchSpace& space) {
  Json list = Json::array();
  for (const Overlap overlap : space.overlaps) list.push_back(name_of(overlap));
  return list;
}

/// The largest batch that meets slo.tpot, with its best configuration.
Json within_tpot_json(const Problem& problem, const TpotReport& batch) {
  const bool global = std::holds_alternative<GlobalTokens>(problem.workload.traffic.tokens);
  const std::string unit = global ? "global_tokens" : "tokens_per_rank";
  Json json{{unit, nullptr}};
  if (batch.tokens > 0) {
    json[unit] = batch.tokens;
  } else {
    json[unit + "_reason"] = "no batch meets slo.tpot; the result is of the smallest";
  }
  if (batch.best) json["result"] = result_json(problem, *batch.best);
  return json;
}

/// A result with how much slower it is than the optimum.
Json over_optimum(const Problem& problem,
                  const ConfigReport& config,
                  const OptimizeReport& report) {
  Json json = result_json(problem, config);
  json["over_optimum"] = report.excess(config.prediction, report.optimum->prediction);
  return json;
}

Json infeasible_json(const Problem& problem, const OptimizeReport& report) {
  std::string reason = "no configuration of the search space is feasible";
  if (!report.reasons.empty()) reason += ": " + report.reasons.front().message;
  Json json{{"model", model_json(problem.workload.figures.read)}};
  for (const char* name : {"optimum",
                           "best_run",
                           "recommended",
                           "runner_up",
                           "thresholds",
                           "layout_thresholds",
                           "batch",
                           "certificate",
                           "confidence",
                           "sensitivity"}) {
    json[name] = nullptr;
    json[std::string(name) + "_reason"] = reason;
  }
  json["within_tolerance"] = Json::array();
  json["reasons"] = limits_json(report.reasons);
  if (report.fastest) json["fastest"] = result_json(problem, *report.fastest);
  if (report.within_tpot) json["within_tpot"] = within_tpot_json(problem, *report.within_tpot);
  json["excluded"] = left_out_json(problem, report.left_out);
  return json;
}

}  // namespace

Json optimize_json(const Problem& problem, const OptimizeReport& report) {
  if (!report.optimum) return infeasible_json(problem, report);
  Json json{{"model", model_json(problem.workload.figures.read)},
            {"optimum", result_json(problem, *report.optimum)},
            {"best_run", nullptr},
            {"recommended", over_optimum(problem, *report.recommended, report)},
            {"recommended_for", report.recommended_for},
            {"runner_up", nullptr},
            {"within_tolerance", Json::array()},
            {"more_within_tolerance", report.more_within_tolerance},
            {"thresholds", thresholds_json(problem, report.thresholds)},
            {"layout_thresholds", layout_json(problem, report.layouts)},
            {"runs_on", runs_on(problem, report.answer(), report.thresholds)},
            {"certificate", certificate_json(report.certificate)},
            {"searched", kernels_json(problem, report.searched)},
            {"searched_overlaps", overlaps_json(problem.space)},
            {"beyond_latencies", kernels_json(problem, report.beyond_latencies)},
            {"excluded", left_out_json(problem, report.left_out)}};
  if (report.batch) {
    json["batch"] = batch_json(*report.batch);
  } else {
    put_null(json, "batch", "the workload states it");
  }
  if (!report.layouts) json["layout_thresholds_reason"] = "the search space has one layout";
  if (report.best_run) {
    json["best_run"] = over_optimum(problem, *report.best_run, report);
  } else {
    json["best_run_reason"] = problem.space.runs.empty()
                                  ? "no engine is known to run the fabric's kernels"
                                  : "no engine that is known runs a feasible configuration";
  }
  if (report.runner_up) {
    json["runner_up"] = result_json(problem, *report.runner_up);
  } else {
    json["runner_up_reason"] = report.runner_up_reason;
  }
  for (const ConfigReport& listed : report.within_tolerance) {
    json["within_tolerance"].push_back(result_json(problem, listed));
  }
  add_sensitivity(problem, report.sensitivity, json);
  return json;
}

}  // namespace wideep
