#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "model/limit.h"
#include "model/prediction.h"
#include "plan/plan.h"

namespace wideep {

/// Requests of a deployment, as its file or a traffic file says.
struct DeploymentTraffic {
  std::optional<int> input_tokens{};
  std::optional<int> output_tokens{};
  std::optional<int> concurrency{};  ///< requests in flight of the whole deployment
  std::optional<double> rate{};      ///< requests a second, of it where no concurrency is told
};

/// What the model knows a deployment's parts by.
struct PricedBy {
  std::optional<std::string> model{};   ///< a preset
  std::optional<std::string> fabric{};  ///< a preset, or a file
  DeploymentTraffic traffic{};          ///< where the file says none
};

/// With what the job's own words tell of its model and machines, where `by` does not.
PricedBy priced_with(PricedBy by, const Deployment& job);

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

/// A deployment as its file has it, beside the plan of the fewest GPUs with which the same engine
/// serves the same requests, none of their tokens later. docs/check.md#regret-of-a-deployment
struct DeploymentRegret {
  std::string why_not{};                         ///< it is not priced; empty: it is
  std::shared_ptr<const PlanQuestion> question;  ///< that the best is an answer to
  std::optional<Plan> theirs{};
  std::optional<Plan> best{};
  std::vector<std::string> assumed{};
  bool requests_assumed = false;
  bool too_much = false;  ///< the rate that is asked for: `theirs` is at the most that it holds

  /// How many more GPUs it has than the best, as a share of these; 0 where no fewer will do.
  [[nodiscard]] double regret() const;
};

/// Of a job that prefills and decodes; nothing of one that does half of it.
std::optional<DeploymentRegret> regret_of_whole(const Deployment& job, const PricedBy& by);

}  // namespace wideep
