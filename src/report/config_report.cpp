#include "report/config_report.h"

#include <algorithm>
#include <cmath>

#include "model/kernel_buffers.h"
#include "model/limits.h"
#include "report/describe.h"
#include "report/model_section.h"

namespace wideep {
namespace {

void warn_of_tokens(const Problem& problem, std::vector<Warning>& warnings) {
  const auto* tokens = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
  if (tokens == nullptr || tokens->stated) return;
  warnings.push_back({"expert_load_unstated",
                      "expert_load is not stated, so T*k/P is assumed; where T is per rank, T*k is "
                      "right"});
}

void warn_of_model(const Problem& problem,
                   const Prediction& prediction,
                   std::vector<Warning>& warnings) {
  if (prediction.config.ep_width == 1 && !prediction.memory) {
    warnings.push_back({"memory_unchecked",
                        "at EP 1 every expert is on one GPU; whether they fit in its memory is not "
                        "checked"});
  }
  if (prediction.attention == Seconds(0.0) && problem.workload.figures.expert.per_expert()) {
    warnings.push_back(
        {"attention_not_counted",
         "attention is not counted, and it decides what overlaps; " + attention_wanted(problem)});
  }
  const auto& footprint = problem.workload.figures.footprint;
  const bool attended = prediction.attention > Seconds(0.0);
  if (footprint && attended && problem.workload.figures.outside_origin == Origin::kStated) {
    warnings.push_back(
        {"step_not_counted",
         std::string("without ") + (problem.workload.traffic.context ? "a GPU" : "context") +
             " dense layers, head, KV cache and serving_efficiency are not counted"});
  }
  if (footprint && problem.workload.traffic.drafting.tokens > 0 && footprint->draft_layers == 0) {
    warnings.push_back({"draft_layers_unknown",
                        "the model has no layer that drafts tokens (mtp_layers): its time is "
                        "counted as a layer's, its weights are not"});
  }
}

std::vector<Warning> warnings_of(const Problem& problem, const Prediction& prediction) {
  std::vector<Warning> warnings;
  warn_of_tokens(problem, warnings);
  warn_of_model(problem, prediction, warnings);
  for (const std::string& unused : unused_measurements(problem, prediction.config)) {
    warnings.push_back({"measurement_unused", unused});
  }
  for (const std::string& beyond : beyond_range(problem, prediction.config)) {
    warnings.push_back({"beyond_fitted_range", beyond + "; treat its times as rough"});
  }
  for (const std::string& note : buffer_notes(problem, prediction.config)) {
    warnings.push_back({"buffer_needs", note});
  }
  for (const std::string& note : model_warnings(problem.workload.figures.read)) {
    warnings.push_back({kModelRule, note});
  }
  return warnings;
}

SplitBalance split_of(const Prediction& prediction) {
  const BusyTimes& busy = prediction.busy;
  const Seconds none;
  return {.attention = std::max(none, busy.attention - prediction.attention),
          .experts = std::max(none, busy.experts - prediction.expert),
          .transfers = std::max(none, busy.dispatch + busy.combine - prediction.comm),
          .sm_held = busy.sm_held,
          .cost = std::max(none, busy.total() - prediction.no_overlap),
          .hidden = std::max(none, busy.total() - prediction.layer),
          .gain = prediction.no_overlap - prediction.layer};
}

Seconds half_split_of(const Problem& problem, const Prediction& prediction) {
  Config half = prediction.config;
  half.first_tokens = std::ceil(prediction.tokens * 0.5);
  if (half == prediction.config) return prediction.layer;
  return predict(problem, half).layer;
}

std::optional<OtherLoad> other_load_of(const Problem& problem, const Config& config) {
  const auto* tokens = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
  if (tokens == nullptr) return std::nullopt;
  Problem other = problem;
  const ExpertLoad load = tokens->expert_load == ExpertLoad::kPerRank ? ExpertLoad::kSharedByRanks
                                                                      : ExpertLoad::kPerRank;
  std::get<TokensPerRank>(other.workload.traffic.tokens).expert_load = load;
  const Prediction there = predict(other, config);
  return OtherLoad{.load = load, .routed_tokens = there.routed_tokens, .layer = there.layer};
}

}  // namespace

std::string attention_wanted(const Problem& problem) {
  if (!problem.workload.traffic.context) return "give context or attention_time";
  return problem.fabric.gpu
             ? "the model says nothing of it: give attention_time"
             : "the fabric has no gpu: set one, such as gpu=h100-sxm, or give attention_time";
}

ConfigReport report_on(const Problem& problem, const Prediction& prediction) {
  ConfigReport report{.prediction = prediction,
                      .name = describe(problem, prediction),
                      .warnings = warnings_of(problem, prediction),
                      .largest_batch = {},
                      .split = {},
                      .half_split = {},
                      .other_load = other_load_of(problem, prediction.config)};
  if (prediction.memory) report.largest_batch = largest_batch(problem, prediction.config);
  if (prediction.config.overlap == Overlap::kDbo) {
    report.split = split_of(prediction);
    if (problem.space.timing == Timing::kSchedule) {
      report.half_split = half_split_of(problem, prediction);
    }
  }
  return report;
}

}  // namespace wideep
