#include "report/config_report.h"

#include <algorithm>
#include <cmath>

#include "engines/runs.h"
#include "model/placed.h"
#include "report/describe.h"

namespace wideep {
namespace {

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
  half.first_tokens = equal_half(half.tokens, Timing::kSchedule);
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

ConfigReport report_on(const Problem& problem, const Prediction& prediction) {
  if (!is_placed(problem, prediction.config)) {
    return report_on(placed(problem, prediction.config), prediction);
  }
  ConfigReport report{.prediction = prediction,
                      .name = describe(problem, prediction),
                      .warnings = warnings_of(problem, prediction),
                      .engines = engines_that_run(problem, prediction.config),
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
