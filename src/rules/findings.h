#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace wideep {

/// What is known of a deployment beside its file.
struct KnownOfDeployment {
  std::optional<ServedModel> model{};
  std::optional<Machine> machine{};
  std::optional<EngineVersion> version{};  ///< instead of the container's
};

/// A case of a rule in a file.
struct DeploymentFinding {
  const DeploymentRule* rule = nullptr;
  Grade grade = Grade::kError;
  std::string message;
  Place at;
  const Deployment* job = nullptr;
  const DeployedRole* role = nullptr;
  std::vector<Change> changes;
  std::string fix;  ///< to paste or to do; empty where there is nothing
};

/// Every case of every rule but those `ignored` in every role of a job, without what another one
/// hides, the gravest first, then in file order. One that several jobs of a file share is told
/// once.
std::vector<DeploymentFinding> findings_of(const DeploymentFile& file,
                                           const std::vector<KnownOfDeployment>& known_of_jobs,
                                           std::span<const std::string> ignored = {});

/// The version in an image's tag, "vllm/vllm-openai:v0.11.2"; nothing where there is none.
std::optional<EngineVersion> version_in(std::string_view container);

/// Whether an image is one of Dynamo's, whose tag says Dynamo's version and not the engine's.
bool is_dynamo_image(std::string_view container);

}  // namespace wideep
