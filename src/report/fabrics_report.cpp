// The plans of several fabrics side by side.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "report/config_json.h"
#include "report/limit_sentences.h"
#include "report/plan_report.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// The currency that all of them have; empty: they have none in common.
std::string currency_of(const std::vector<FabricPlan>& plans) {
  std::string common;
  for (const FabricPlan& plan : plans) {
    const auto& price = plan.question.decode.fabric.gpu_hour;
    if (!price || (!common.empty() && common != price->currency)) return "";
    common = price->currency;
  }
  return common;
}

/// What is least of the best.
double cost_of(const FabricPlan& of, bool by_price) {
  const auto& best = of.report.result.best;
  if (!best) return std::numeric_limits<double>::infinity();
  if (by_price) return cost_per_million(of.question, *best)->amount;
  return 1.0 / best->tokens_per_gpu();
}

const std::string& fabric_of(const FabricPlan& plan) {
  return plan.question.decode.fabric.name;
}

}  // namespace

void sort_fabrics(std::vector<FabricPlan>& plans) {
  const bool by_price = !currency_of(plans).empty();
  std::stable_sort(plans.begin(), plans.end(), [&](const FabricPlan& a, const FabricPlan& b) {
    return cost_of(a, by_price) < cost_of(b, by_price);
  });
}

Text fabrics_text(const std::vector<FabricPlan>& plans) {
  const std::string currency = currency_of(plans);
  const auto& first = plans.front().report.result.best;
  Text text;
  if (!first) {
    text = plain_line("No deployment serves this traffic within these limits on any of them.",
                      Row::Tone::kAnswer);
  } else {
    const std::string by =
        currency.empty()
            ? fmt::format("{} output tokens/s per GPU",
                          format_count(std::round(first->tokens_per_gpu())))
            : fmt::format("{} {} for a million output tokens",
                          format_number(cost_per_million(plans.front().question, *first)->amount),
                          currency);
    text = plain_line(fmt::format("Use {}: {}.", fabric_of(plans.front()), by), Row::Tone::kAnswer);
  }
  text += "\n";
  for (const FabricPlan& plan : plans) {
    const auto& best = plan.report.result.best;
    if (!best) {
      std::string why;
      for (const std::string& each : sentences_of(plan.report.obstacles)) {
        why += ' ';
        why += each;
      }
      text += plain_line(fmt::format("{}: none holds that;{}", fabric_of(plan), why));
      continue;
    }
    const auto cost = cost_per_million(plan.question, *best);
    text += plain_line(fmt::format(
        "{}: {} GPUs, {} output tokens/s per GPU, TTFT {}, TPOT {}{}: {}.",
        fabric_of(plan),
        format_count(best->gpus()),
        format_count(std::round(best->tokens_per_gpu())),
        format(best->waiting.times.ttft.mean),
        format(best->tpot()),
        cost ? fmt::format(
                   ", {} {} for a million tokens", format_number(cost->amount), cost->currency)
             : std::string(),
        shape_of(*best)));
  }
  return text;
}

Json fabrics_json(const std::vector<FabricPlan>& plans) {
  Json all = Json::array();
  for (const FabricPlan& plan : plans) all.push_back(plan_json(plan.question, plan.report));
  return {{"ranked_by",
           currency_of(plans).empty() ? "output_tokens_per_gpu_per_s"
                                      : "cost_per_million_output_tokens"},
          {"fabrics", std::move(all)}};
}

}  // namespace wideep
