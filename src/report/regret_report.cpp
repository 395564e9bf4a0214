#include "report/regret_report.h"

#include <utility>

#include <fmt/format.h>

#include "deploy/change.h"
#include "engines/engine.h"
#include "report/config_report.h"
#include "report/limit_text.h"
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
