#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "plan/plan.h"

namespace wideep {

/// What one role of a deployment is to run, in the terms of no engine.
struct RoleShape {
  RoleKind kind = RoleKind::kAggregated;
  int instances = 1;
  std::shared_ptr<const Problem> problem;  ///< that the prediction is of
  Prediction prediction;
  int requests = 0;        ///< that an attention group decodes at once; 0 of prefill
  int drafts = 0;          ///< tokens of a request and step; of prefill those of decode beside it
  int group_tokens = 0;    ///< in a step of an attention group, drafts and prompts included
  int longest_prompt = 0;  ///< tokens
  bool apart = false;      ///< another role does the other half

  [[nodiscard]] const Config& config() const { return prediction.config; }
  [[nodiscard]] int gpus() const { return config().gpus(); }
  /// Attention groups: ranks with requests of their own.
  [[nodiscard]] int groups() const { return gpus() / config().attention.ranks; }
  /// Copies of experts, which lie on ranks of their own.
  [[nodiscard]] int redundant() const {
    const bool spread = config().experts != Experts::kTp;
    return spread ? problem->workload.serving.redundant_experts : 0;
  }
};

/// The roles of a plan, prefill first.
std::vector<RoleShape> shapes_of(const Plan& plan, const RequestLengths& lengths);

/// The one role of a question of a single phase.
RoleShape shape_of_role(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
