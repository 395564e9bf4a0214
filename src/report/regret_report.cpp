#include "report/regret_report.h"

#include <utility>

#include <fmt/format.h>

#include "deploy/change.h"
#include "engines/engine.h"
#include "report/config_report.h"
#include "report/limit_text.h"
#include "report/plan_report.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// What switches the best's kernel and mode on, where they are others.
std::string change_to(const RoleRegret& regret) {
  const Config& theirs = regret.theirs->config;
  const Config& best = regret.best->config;
  const Engine* const engine = engine_asked(*regret.problem);
  const bool same_layout = theirs.attention == best.attention && theirs.experts == best.experts &&
                           theirs.ep_width == best.ep_width;
  if (engine == nullptr || !same_layout) return "";
  std::vector<Change> changes;
  const auto add = [&changes](std::string_view flags) {
    for (Change& change : changes_in(flags)) changes.push_back(std::move(change));
  };
  if (theirs.kernel != best.kernel) {
    const auto& library = regret.problem->fabric.kernels[best.kernel].library;
    for (const auto& [known, text] : engine->flags.all_to_all) {
      if (library == known) add(text);
    }
  }
  if (theirs.overlap != best.overlap) {
    const EngineMode* const old = engine->mode(theirs.overlap);
    for (const Change& change : changes_in(old == nullptr ? "" : old->flags)) {
      changes.push_back(remove_flag(change.key));
    }
    if (const EngineMode* const mode = engine->mode(best.overlap)) add(mode->flags);
  }
  return lines_of(changes, *regret.role);
}

}  // namespace

PriceReport price_report(const Deployment& job, const RoleRegret& regret) {
  PriceReport report{.job = job.name,
                     .role = std::string(name_of(regret.role->kind)),
                     .why_not = regret.why_not,
                     .theirs = {},
                     .best = {},
                     .change = {},
                     .assumed = regret.assumed,
                     .requests_assumed = regret.requests_assumed};
  if (regret.limit) report.why_not += ": " + text_of(*regret.problem, *regret.limit).message;
  if (!regret.theirs || !regret.best) return report;
  report.regret = regret.regret();
  report.theirs = report_on(*regret.problem, *regret.theirs).name;
  report.best = report_on(*regret.problem, *regret.best).name;
  report.step = regret.theirs->step.total;
  report.best_step = regret.best->step.total;
  if (report.regret > 0.0) report.change = change_to(regret);
  return report;
}

WholeReport whole_report(const Deployment& job, const DeploymentRegret& regret) {
  WholeReport report{.job = job.name,
                     .why_not = regret.why_not,
                     .theirs = {},
                     .ttft = {},
                     .tpot = {},
                     .best = {},
                     .assumed = regret.assumed,
                     .requests_assumed = regret.requests_assumed};
  if (!regret.theirs) return report;
  const Plan& plan = *regret.theirs;
  report.gpus = plan.gpus();
  report.too_much = regret.too_much;
  const auto& in_flight = regret.question->demand.concurrency;
  report.waits = in_flight && plan.decode.count * plan.decode.instance->slots < *in_flight;
  report.theirs = shape_of(plan);
  report.rate = plan.rate;
  report.ttft = plan.waiting.times.ttft.mean;
  report.tpot = plan.tpot();
  report.tokens_per_gpu = plan.tokens_per_gpu();
  if (!regret.best) return report;
  report.best = shape_of(*regret.best);
  report.best_gpus = regret.best->gpus();
  report.regret = regret.regret();
  return report;
}

std::string whole_text(const WholeReport& whole) {
  const std::string of = whole.job.empty() ? "" : whole.job + ": ";
  if (!whole.rate) return fmt::format("{}not priced: {}", of, whole.why_not);
  const char* const rest = whole.waits          ? "; its requests wait for slots, as in no plan"
                           : whole.regret > 0.0 ? ""
                                                : "; no plan does it with fewer";
  return fmt::format("{}{} GPUs: {} requests/s{}, {} output tokens/s per GPU, TTFT {}, TPOT {}{}",
                     of,
                     format_count(whole.gpus),
                     format_number(whole.rate->base()),
                     whole.too_much ? " at most, less than is asked" : "",
                     format_number(whole.tokens_per_gpu),
                     format(whole.ttft),
                     format(whole.tpot),
                     rest);
}

std::string best_text(const WholeReport& whole) {
  return fmt::format(
      "{} GPUs do the same, no slower: {}", format_count(whole.best_gpus), whole.best);
}

Json whole_json(const WholeReport& whole) {
  Json json{{"output_tokens_per_gpu_per_s", nullptr}};
  if (!whole.job.empty()) json["job"] = whole.job;
  if (!whole.rate) {
    json["output_tokens_per_gpu_per_s_reason"] = whole.why_not;
    return json;
  }
  json["output_tokens_per_gpu_per_s"] = whole.tokens_per_gpu;
  json["gpus"] = whole.gpus;
  json["instances"] = whole.theirs;
  json["requests_per_s"] = whole.rate->base();
  json["rate_held"] = !whole.too_much;
  json["ttft_s"] = whole.ttft.base();
  json["tpot_s"] = whole.tpot.base();
  json["best_gpus"] = nullptr;
  if (whole.best_gpus == 0) {
    json["best_gpus_reason"] = whole.waits ? "its requests wait for slots, as in no plan"
                                           : "no plan of so many GPUs is as fast by the model";
  } else {
    json["best_gpus"] = whole.best_gpus;
    json["best_instances"] = whole.best;
  }
  json["regret"] = whole.regret;
  json["assumed"] = whole.assumed;
  return json;
}

std::string price_text(const PriceReport& price) {
  const std::string of = price.job.empty() ? price.role : price.job + ", " + price.role;
  if (!price.step) return fmt::format("{} is not priced: {}", of, price.why_not);
  const char* const rest = price.regret > 0.0 ? "" : "; none is faster";
  return fmt::format("{}: {} a step, {}{}", of, format(*price.step), price.theirs, rest);
}

std::string best_text(const PriceReport& price) {
  return fmt::format("best of these GPUs: {}, {}", format(*price.best_step), price.best);
}

Json price_json(const PriceReport& price) {
  Json json{{"role", price.role}, {"step_s", nullptr}};
  if (!price.job.empty()) json["job"] = price.job;
  if (!price.step) {
    json["step_s_reason"] = price.why_not;
    return json;
  }
  json["step_s"] = price.step->base();
  json["config"] = price.theirs;
  json["best_step_s"] = price.best_step->base();
  json["best_config"] = price.best;
  json["regret"] = price.regret;
  json["change"] = price.change;
  json["assumed"] = price.assumed;
  return json;
}

}  // namespace wideep
