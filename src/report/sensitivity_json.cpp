// How sure an answer is, for programs.
#include "report/config_json.h"
#include "report/sensitivity_report.h"

namespace wideep {
namespace {

/// What tells one choice from another.
Json choice_json(const Problem& problem, const Config& config) {
  return {{"ep_width", config.ep_width},
          {"experts", name_of(config.experts)},
          {"attention", name_of(config.attention)},
          {"gpus", config.gpus()},
          {"kernel", problem.fabric.kernels[config.kernel].name},
          {"overlap", name_of(config.overlap)}};
}

void put_spread(Json& json, const std::string& name, const Spread& spread, const char* reason) {
  if (spread.draws == 0) {
    put_null(json, name, reason);
    return;
  }
  json[name] = {
      {"p5", spread.low}, {"p50", spread.median}, {"p95", spread.high}, {"draws", spread.draws}};
}

Json winners_json(const Problem& problem, const Confidence& confidence) {
  Json list = Json::array();
  for (const Winner& winner : confidence.winners) {
    Json json = choice_json(problem, winner.config);
    json["share"] = 1.0 * winner.draws / confidence.feasible;
    list.push_back(std::move(json));
  }
  return list;
}

Json levers_json(const SensitivityReport& report) {
  Json list = Json::array();
  for (const Lever& lever : report.confidence->levers) {
    list.push_back(
        {{"key", report.inputs[lever.input].key.name()}, {"margin_sd", lever.margin_deviation}});
  }
  return list;
}

Json uncertain_json(const SensitivityReport& report) {
  Json list = Json::array();
  for (const UncertainInput& input : report.inputs) {
    if (input.deviation == 0.0) continue;
    list.push_back(
        {{"key", input.key.name()}, {"relative_sd", input.deviation}, {"source", input.source}});
  }
  return list;
}

Json confidence_json(const Problem& problem, const SensitivityReport& report) {
  const Confidence& confidence = *report.confidence;
  Json json{{"draws", confidence.draws.count},
            {"seed", confidence.draws.seed},
            {"method", confidence.searched ? "search" : "first_order"},
            {"feasible_draws", confidence.feasible},
            {"best_share", confidence.best_share},
            {"regret", confidence.regret},
            {"regret_se", confidence.regret_error},
            {"broken_share", confidence.broken_share},
            {"winners", winners_json(problem, confidence)}};
  put_spread(json, "layer_s", confidence.layer, "nothing was drawn");
  put_spread(json, "tpot_s", confidence.tpot, "nothing was drawn");
  put_spread(json, "ttft_s", confidence.ttft, "there is one at prefill with a context alone");
  const char* const unasked = confidence.searched ? "no draw has one" : "--sensitivity computes it";
  put_spread(json, "full_overlap_tokens", confidence.full_overlap_tokens, unasked);
  put_spread(json, "full_overlap_until_tokens", confidence.full_overlap_until_tokens, unasked);
  put_spread(json, "kernel_crossover_bytes", confidence.kernel_crossover_bytes, unasked);
  json["measure_first"] = nullptr;
  if (confidence.levers.empty()) {
    json["measure_first_reason"] = "no input moves the choice";
  } else {
    json["measure_first"] = report.inputs[confidence.levers.front().input].key.name();
  }
  json["levers"] = levers_json(report);
  json["uncertain"] = uncertain_json(report);
  return json;
}

Json flip_json(const Problem& problem, const Flip& flip) {
  Json json{{"holds_factor", flip.holds}, {"flips_factor", flip.flips}};
  if (flip.holds_text.empty()) {
    put_null(json, "holds_value", "the key has several numbers");
  } else {
    json["holds_value"] = flip.holds_text;
  }
  if (flip.winner) {
    json["winner"] = choice_json(problem, *flip.winner);
  } else {
    put_null(json, "winner", "nothing is feasible");
  }
  return json;
}

Json inputs_json(const Problem& problem, const std::vector<InputSensitivity>& inputs) {
  Json list = Json::array();
  for (const InputSensitivity& one : inputs) {
    Json json{{"key", one.input.key.name()},
              {"value", one.value},
              {"elasticity", one.elasticity},
              {"searched_from_factor", one.flip.searched_down},
              {"searched_to_factor", one.flip.searched_up}};
    const auto put = [&](const char* name, const std::optional<Flip>& flip) {
      if (flip) {
        json[name] = flip_json(problem, *flip);
      } else {
        put_null(json, name, "no flip as far as was searched");
      }
    };
    put("flip_down", one.flip.down);
    put("flip_up", one.flip.up);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

SensitivityReport default_sensitivity(const ReadAgain& read,
                                      std::vector<UncertainInput> inputs,
                                      const SensitivityQuestion& question,
                                      std::uint64_t seed) {
  SensitivityReport report{.inputs = std::move(inputs)};
  report.confidence =
      default_confidence(read, report.inputs, question, {.count = kDefaultDraws, .seed = seed});
  if (!report.confidence) report.reason = why_not_sure(read.problem) + "; see --sensitivity";
  return report;
}

void add_sensitivity(const Problem& problem, const SensitivityReport& report, Json& json) {
  if (report.confidence) {
    json["confidence"] = confidence_json(problem, report);
  } else {
    put_null(json, "confidence", report.reason);
  }
  if (report.sensitivity && report.confidence) {
    json["sensitivity"] = {{"winner", choice_json(problem, *report.base)},
                           {"inputs", inputs_json(problem, *report.sensitivity)}};
  } else {
    put_null(json, "sensitivity", report.sensitivity ? report.reason : "--sensitivity computes it");
  }
}

}  // namespace wideep
