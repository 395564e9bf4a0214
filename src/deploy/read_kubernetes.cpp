#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "deploy/manifest.h"
#include "deploy/read_shell.h"
#include "deploy/shell_characters.h"

namespace wideep {
namespace {

/// Pods of one kind.
struct Pods {
  const Node* pod = nullptr;  ///< spec of one
  const Node* replicas = nullptr;
  const Node* size = nullptr;  ///< pods of one instance
  std::vector<std::string> names{};
  bool grouped = false;  ///< a LeaderWorkerSet's
  int copies = 1;        ///< of the whole set
};

/// What labels tell of a role.
void add_label_names(const Node* labels, std::vector<std::string>& names) {
  if (labels == nullptr || !labels->is_map()) return;
  for (const Entry& label : labels->entries) {
    const std::string& key = label.key.text;
    const bool tells = key.ends_with("role") || key.ends_with("component");
    if (tells && kind_in_name(label.value.text)) names.push_back(label.value.text);
  }
}

class KubernetesReader {
 public:
  KubernetesReader(Manifest& manifest, Deployment& deployment)
      : manifest_(manifest), deployment_(deployment) {}

  void read(const Node& document) {
    const std::string kind = text_of_scalar(document.find("kind"));
    const Node* const spec = document.find("spec");
    if (const Node* const items = document.find("items");
        items != nullptr && kind.ends_with("List")) {
      for (const Node& item : items->items) {
        if (text_of_scalar(item.find("kind")) != "List") read(item);
      }
    } else if (kind == "Kustomization") {
      add_not_read(
          *manifest_.not_read,
          fmt::format("line {}: what a Kustomization patches is not applied", document.place.line));
    } else if (kind == "LeaderWorkerSet") {
      read_group(document, spec, {});
    } else if (kind == "DisaggregatedSet") {
      read_disaggregated(document, spec);
    } else if (kind == "Pod") {
      Pods pods{.pod = spec, .names = names_of(document, nullptr)};
      read_pods(pods);
    } else if (is_one_of(kind, {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})) {
      const Node* const pod_template = find_path(spec, {"template"});
      Pods pods{.pod = find_path(pod_template, {"spec"}),
                .replicas = find_path(spec, {kind == "Job" ? "parallelism" : "replicas"}),
                .names = names_of(document, pod_template)};
      read_pods(pods);
    }
  }

 private:
  [[nodiscard]] std::vector<std::string> names_of(const Node& document,
                                                  const Node* pod_template) const {
    std::vector<std::string> names;
    add_label_names(find_path(pod_template, {"metadata", "labels"}), names);
    add_label_names(find_path(&document, {"metadata", "labels"}), names);
    const std::string name = text_of_scalar(find_path(&document, {"metadata", "name"}));
    if (!name.empty()) names.push_back(name);
    names.push_back(manifest_.file_name);
    return names;
  }

  /// A LeaderWorkerSet, or a role of a DisaggregatedSet.
  void read_group(const Node& document, const Node* spec, Pods pods) {
    const Node* const group = find_path(spec, {"leaderWorkerTemplate"});
    pods.replicas = find_path(spec, {"replicas"});
    pods.size = find_path(group, {"size"});
    pods.grouped = true;
    const Node* const worker = find_path(group, {"workerTemplate"});
    const Node* const leader = find_path(group, {"leaderTemplate"});
    const std::vector<std::string> given = pods.names;
    const std::size_t before = deployment_.roles.size();
    for (const Node* const each : {leader, worker}) {
      if (each == nullptr) continue;
      if (deployment_.roles.size() > before) {
        add_not_read(
            *manifest_.not_read,
            fmt::format(
                "line {}: of one instance, the leader's pod is read and the workers' are not",
                each->place.line));
        break;
      }
      pods.names = given;
      for (std::string& name : names_of(document, each)) pods.names.push_back(std::move(name));
      pods.pod = find_path(each, {"spec"});
      read_pods(pods);
    }
  }

  void read_disaggregated(const Node& document, const Node* spec) {
    const std::string version = text_of_scalar(document.find("apiVersion"));
    if (!version.ends_with("/v1")) {
      add_not_read(*manifest_.not_read,
                   fmt::format("line {}: a DisaggregatedSet of '{}' is read as one of v1",
                               document.place.line,
                               version));
    }
    const Node* const roles = find_path(spec, {"roles"});
    if (roles == nullptr) return;
    const auto slices = count_in(find_path(spec, {"slices"}));
    for (const Node& role : roles->items) {
      Pods pods{.names = {text_of_scalar(find_path(&role, {"name"}))}};
      pods.copies = slices ? slices->value : 1;
      add_label_names(find_path(&role, {"metadata", "labels"}), pods.names);
      const Node* const inner = find_path(&role, {"spec"});
      read_group(document, inner != nullptr ? inner : find_path(&role, {"template", "spec"}), pods);
    }
  }

  void read_pods(const Pods& pods) {
    const Node* const containers = find_path(pods.pod, {"containers"});
    if (containers == nullptr) return;
    for (const Node& container : containers->items) {
      if (!container.is_map()) continue;
      PodContainer where{.container = &container, .pod = pods.pod};
      where.names = pods.names;
      where.environments = {container.find("env")};
      if (pods.grouped) where.given = variables_of_group(pods);
      auto engine = engine_of_container(where, manifest_);
      if (!engine) continue;
      set_sizes(pods, container, engine->role);
      std::vector<StartedEngine> one;
      one.push_back(std::move(*engine));
      add_engines(std::move(one), deployment_);
    }
  }

  /// What LeaderWorkerSet sets in each container.
  static std::vector<Setting> variables_of_group(const Pods& pods) {
    const Place at = pods.size == nullptr ? pods.pod->place : pods.size->place;
    std::vector<Setting> given;
    for (const char* name : {"LWS_GROUP_SIZE", "LWS_WORKER_INDEX", "LWS_LEADER_ADDRESS"}) {
      given.push_back({.key = name, .value = {}, .written = name, .at = at, .value_at = at});
    }
    if (const auto size = count_in(pods.size)) given.front().value = std::to_string(size->value);
    // One pod where nothing is said.
    if (pods.size == nullptr) given.front().value = "1";
    return given;
  }

  void set_sizes(const Pods& pods, const Node& container, DeployedRole& role) {
    role.instances = count_in(pods.replicas);
    if (role.instances && pods.copies > 1 && role.instances->value < kMostCount / pods.copies) {
      role.instances->value *= pods.copies;
    }
    if (pods.replicas != nullptr && !role.instances) note_count(*pods.replicas);
    for (const char* key : {"nvidia.com/gpu", "amd.com/gpu"}) {
      for (const char* part : {"limits", "requests"}) {
        if (role.gpus_per_node) break;
        role.gpus_per_node = count_in(find_path(&container, {"resources", part, key}));
      }
    }
    if (pods.grouped) role.nodes = count_in(pods.size);
    if (pods.size != nullptr && !role.nodes) note_count(*pods.size);
    if (!role.gpus_per_node) return;
    const bool unknown_size = pods.size != nullptr && !role.nodes;
    if (unknown_size) return;
    role.gpus = role.gpus_per_node;
    const int nodes = role.nodes ? role.nodes->value : 1;
    if (nodes > 0 && role.gpus->value < kMostCount / nodes) role.gpus->value *= nodes;
  }

  void note_count(const Node& node) {
    add_not_read(
        *manifest_.not_read,
        fmt::format("line {}: how many '{}' are is not known", node.place.line, node.text));
  }

  static constexpr int kMostCount = 1'000'000;

  Manifest& manifest_;
  Deployment& deployment_;
};

}  // namespace

void read_kubernetes(DeploymentFile& file, Findings& findings, const FindFile& find_file) {
  file.format = DeploymentFormat::kKubernetes;
  if (file.sources.empty()) return;
  Manifest manifest = read_manifest(file, find_file, findings);
  Deployment deployment{.format = file.format};
  KubernetesReader reader(manifest, deployment);
  for (const Node& document : manifest.documents) {
    if (document.is_map()) reader.read(document);
  }
  if (!deployment.roles.empty()) file.jobs.push_back(std::move(deployment));
}

}  // namespace wideep
