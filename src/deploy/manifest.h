#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/engine_command.h"
#include "deploy/text_place.h"
#include "input/node.h"

namespace wideep {

/// The documents of a file of Kubernetes, and what its readers share.
struct Manifest {
  std::shared_ptr<const SourceLines> lines;
  std::vector<Node> documents;
  std::map<std::string, const Node*> config_maps{};  ///< their data, by name
  FindFile find_file{};
  std::string file_name{};
  std::vector<std::string>* not_read = nullptr;
  std::size_t containers = 0;  ///< read so far
};

/// The first source of a file as its documents. Faults of its YAML are reported.
Manifest read_manifest(DeploymentFile& file, FindFile find_file, Findings& findings);

/// A map of a map of a map; null where there is none.
const Node* find_path(const Node* from, std::initializer_list<std::string_view> keys);

/// The text of a scalar; empty where it is none.
std::string text_of_scalar(const Node* node);

/// A whole number, in quotes too; nothing where it is none.
std::optional<Stated<int>> count_in(const Node* node);

/// A container of a pod.
struct PodContainer {
  const Node* container = nullptr;
  const Node* pod = nullptr;                ///< what its volumes stand in; null where it has none
  std::vector<const Node*> environments{};  ///< lists of env, those that count last at the end
  /// Variables that are set from outside, of which those without a value are not known.
  std::vector<Setting> given{};
  std::vector<std::string> names{};          ///< what may tell its role, most telling first
  std::optional<ServingEngine> framework{};  ///< which the file says that it runs
};

/// The engine that a container starts; nothing where it starts none.
std::optional<StartedEngine> engine_of_container(const PodContainer& where, Manifest& manifest);

/// The variables of lists of env with what is `given`, exported.
ShellVariables container_variables(const PodContainer& where, Manifest& manifest);

/// Where another one is put into the container's own list, the last of them, and that it is one.
void set_environment_place(const PodContainer& where,
                           const Manifest& manifest,
                           Settings& environment);

/// A command of a list, with $(NAME) as Kubernetes expands it.
std::vector<ShellWord> words_of_list(const Node* list,
                                     const ShellVariables& variables,
                                     const Manifest& manifest);

/// Adds what a manifest deploys with the kinds of Kubernetes itself and of LeaderWorkerSet and
/// DisaggregatedSet: one job with a role for each set of pods that starts an engine.
void read_kubernetes(DeploymentFile& file, Findings& findings, const FindFile& find_file = {});

/// Adds a job for each DynamoGraphDeployment, of v1alpha1 and v1beta1.
void read_dynamo(DeploymentFile& file, Findings& findings, const FindFile& find_file = {});

}  // namespace wideep
