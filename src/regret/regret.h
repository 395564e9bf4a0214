#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "model/limit.h"
#include "model/prediction.h"

namespace wideep {

/// Requests of a deployment, as its file or a traffic file says.
struct DeploymentTraffic {
  std::optional<int> input_tokens{};
  std::optional<int> output_tokens{};
  std::optional<int> concurrency{};  ///< requests in flight of the whole deployment
};

/// What the model knows a deployment's parts by.
struct PricedBy {
  std::optional<std::string> model{};   ///< a preset
  std::optional<std::string> fabric{};  ///< a preset, or a file
  DeploymentTraffic traffic{};          ///< where the file says none
};

/// A role's steps as its file has them, beside the fastest of the same GPUs and batch that its
/// engine runs. docs/check.md#regret
struct RoleRegret {
  const DeployedRole* role = nullptr;
  std::string why_not{};                   ///< it is not priced; empty: it is
  std::optional<BrokenLimit> limit{};      ///< that stands in the way, where one does
  std::shared_ptr<const Problem> problem;  ///< that both are of
  std::optional<Prediction> theirs{};
  std::optional<Prediction> best{};
  std::vector<std::string> assumed{};  ///< what the file does not say, a phrase each
  bool requests_assumed = false;       ///< their lengths among it

  /// How much longer a step takes than need be, as a share; 0 where the file's is as good.
  [[nodiscard]] double regret() const;
};

/// Of each role of a job.
std::vector<RoleRegret> regrets_of(const Deployment& job, const PricedBy& by);

}  // namespace wideep
