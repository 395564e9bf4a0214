// How sure a plan is, for people and for programs.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/config_json.h"
#include "report/describe.h"
#include "report/plan_report.h"
#include "report/sensitivity_report.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

bool is_demanded(const PlanQuestion& question) {
  return question.demand.rate || question.demand.concurrency;
}

std::string choice_of(const RolePlan& role) {
  return describe_choice(*role.instance->problem, role.instance->prediction.config);
}

/// What differs in one role of two plans of the same shape.
void add_choice(std::string_view role,
                const RolePlan& ours,
                const RolePlan& theirs,
                std::vector<std::string>& choices) {
  if (choice_of(ours) == choice_of(theirs)) return;
  choices.push_back(fmt::format("{} as {}", role, choice_of(theirs)));
}

/// Another plan than `ours`: "28 GPUs, 3 x EP 4 for prefill, 1 x EP 16 for decode".
std::string plan_name(const Plan& ours, const Plan& plan) {
  std::vector<std::string> choices;
  if (shape_of(plan) == shape_of(ours)) {
    if (plan.prefill) add_choice("prefill", *ours.prefill, *plan.prefill, choices);
    add_choice(plan.prefill ? "decode" : "both", ours.decode, plan.decode, choices);
  }
  if (!choices.empty()) return fmt::format("{}", fmt::join(choices, ", "));
  return fmt::format("{} GPUs, {}", format_count(plan.gpus()), shape_of(plan));
}

std::string draws_text(const PlanConfidence& confidence) {
  std::string text = fmt::format("no plan is better in {} of {} draws; it holds the level in {}",
                                 format_percent(confidence.best_share),
                                 confidence.draws.count,
                                 format_percent(confidence.holds_share));
  if (confidence.regret > kPlanAlike) {
    text += fmt::format(", there {} dearer than the best on average",
                        format_percent(confidence.regret));
  }
  return text + ".";
}

std::string better_text(const Plan& ours, const PlanConfidence& confidence) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> named;
  for (const PlanWinner& winner : confidence.winners) {
    if (named.size() == kNamed) break;
    named.push_back(fmt::format("{} in {}",
                                plan_name(ours, winner.plan),
                                format_percent(1.0 * winner.draws / confidence.draws.count)));
  }
  return fmt::format("{}", fmt::join(named, "; "));
}

Text spread_row(const PlanQuestion& question, const PlanConfidence& confidence) {
  const bool demanded = is_demanded(question);
  const Spread& spread = demanded ? confidence.gpus : confidence.tokens_per_gpu;
  const auto number = [](double value) { return format_count(std::round(value)); };
  if (spread.draws == 0) return labelled("  Needs", "no plan holds the level in any draw.");
  return labelled(demanded ? "  Needs" : "  Gives",
                  fmt::format("{} to {} {} in 90% of draws, {} in the median.",
                              number(spread.low),
                              number(spread.high),
                              demanded ? "GPUs" : "output tokens/s per GPU",
                              number(spread.median)));
}

std::string flip_text(const Plan& ours, const PlanFlip& flip, bool up) {
  const std::string winner =
      flip.winner ? plan_name(ours, *flip.winner) : std::string("no plan holds the level");
  std::string kept;
  if (flip.winner) {
    kept = flip.regret ? fmt::format(" (keeping this costs {} more)", format_percent(*flip.regret))
                       : " (this does not hold the level)";
  }
  return fmt::format("{} {}; {} it {}{}",
                     up ? "up to" : "down to",
                     place_text(flip.holds_text, flip.holds),
                     up ? "beyond" : "below",
                     winner,
                     kept);
}

Text flip_rows(const Plan& plan, const PlanSensitivity& sensitivity) {
  Text text = plain_line(fmt::format("How long {} stays as good as any", shape_of(plan)),
                         Row::Tone::kHeading);
  std::vector<std::string> without;
  for (const PlanInput& one : sensitivity.flips) {
    const std::string name = sensitivity.inputs[one.input].key.name();
    std::string ways;
    if (one.down) ways = flip_text(plan, *one.down, false);
    if (one.up) ways += (ways.empty() ? "" : "; ") + flip_text(plan, *one.up, true);
    if (ways.empty()) {
      without.push_back(name);
    } else {
      text += plain_line(fmt::format("{} {}.", name, ways));
    }
  }
  if (without.empty()) return text;
  return text +
         plain_line(fmt::format("No flip within {:.0f} standard deviations, or of traffic and "
                                "service levels from half to twice: {}.",
                                kPlanFlipDeviations,
                                fmt::join(without, ", ")));
}

/// What tells one plan from another.
Json plan_choice_json(const Plan& plan) {
  Json json{{"gpus", plan.gpus()},
            {"plan", shape_of(plan)},
            {"output_tokens_per_gpu_per_s", plan.tokens_per_gpu()},
            {"decode_instances", plan.decode.count},
            {"decode", choice_of(plan.decode)}};
  if (plan.prefill) {
    json["prefill_instances"] = plan.prefill->count;
    json["prefill"] = choice_of(*plan.prefill);
  } else {
    put_null(json, "prefill_instances", "decode instances take the prompts in their steps");
    put_null(json, "prefill", "decode instances take the prompts in their steps");
  }
  return json;
}

Json flip_json(const PlanFlip& flip) {
  Json json{{"holds_factor", flip.holds}, {"flips_factor", flip.flips}};
  if (flip.holds_text.empty()) {
    put_null(json, "holds_value", "the key has several numbers");
  } else {
    json["holds_value"] = flip.holds_text;
  }
  if (flip.winner) {
    json["winner"] = plan_choice_json(*flip.winner);
  } else {
    put_null(json, "winner", "no deployment holds the level there");
  }
  if (flip.regret) {
    json["regret"] = *flip.regret;
  } else {
    put_null(json, "regret", "the plan does not hold the level there");
  }
  return json;
}

Json inputs_json(const PlanSensitivity& sensitivity) {
  Json list = Json::array();
  for (const PlanInput& one : sensitivity.flips) {
    const UncertainInput& input = sensitivity.inputs[one.input];
    Json json{{"key", input.key.name()},
              {"value", one.value},
              {"relative_sd", input.deviation},
              {"source", input.source},
              {"searched_from_factor", one.searched_down},
              {"searched_to_factor", one.searched_up}};
    const auto put = [&](const char* name, const std::optional<PlanFlip>& flip) {
      if (flip) {
        json[name] = flip_json(*flip);
      } else {
        put_null(json, name, "no flip as far as was searched");
      }
    };
    put("flip_down", one.down);
    put("flip_up", one.up);
    list.push_back(std::move(json));
  }
  return list;
}

Json draws_json(const PlanConfidence& confidence) {
  Json winners = Json::array();
  for (const PlanWinner& winner : confidence.winners) {
    Json json = plan_choice_json(winner.plan);
    json["share"] = 1.0 * winner.draws / confidence.draws.count;
    winners.push_back(std::move(json));
  }
  Json json{{"draws", confidence.draws.count},
            {"seed", confidence.draws.seed},
            {"feasible_draws", confidence.feasible},
            {"best_share", confidence.best_share},
            {"holds_share", confidence.holds_share},
            {"regret", confidence.regret},
            {"winners", std::move(winners)}};
  const auto put = [&](const char* name, const Spread& spread) {
    if (spread.draws == 0) {
      put_null(json, name, "no deployment holds the level in any draw");
      return;
    }
    json[name] = {
        {"p5", spread.low}, {"p50", spread.median}, {"p95", spread.high}, {"draws", spread.draws}};
  };
  put("gpus", confidence.gpus);
  put("output_tokens_per_gpu_per_s", confidence.tokens_per_gpu);
  return json;
}

}  // namespace

Text plan_sensitivity_section(const PlanQuestion& question, const PlanReport& report) {
  if (!report.sensitivity) return {};
  const PlanConfidence& confidence = report.sensitivity->confidence;
  Text text = "\n" + plain_line(fmt::format("How sure ({} draws of uncertain inputs, seed {})",
                                            confidence.draws.count,
                                            confidence.draws.seed),
                                Row::Tone::kHeading);
  text += labelled("  Best", draws_text(confidence));
  if (!confidence.winners.empty()) {
    text += labelled("  Else", better_text(*report.result.best, confidence) + ".");
  }
  text += spread_row(question, confidence) + "\n";
  return text + flip_rows(*report.result.best, *report.sensitivity);
}

void add_plan_sensitivity(const PlanReport& report, Json& json) {
  if (!report.sensitivity) {
    put_null(json, "sensitivity", "--sensitivity computes it");
    return;
  }
  json["sensitivity"] = {{"draws", draws_json(report.sensitivity->confidence)},
                         {"inputs", inputs_json(*report.sensitivity)}};
}

}  // namespace wideep
