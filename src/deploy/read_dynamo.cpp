#include <algorithm>
#include <utility>

#include "deploy/manifest.h"
#include "deploy/read_shell.h"
#include "deploy/shell_characters.h"

namespace wideep {
namespace {

std::optional<ServingEngine> framework_in(const Node* spec) {
  const std::string name = text_of_scalar(find_path(spec, {"backendFramework"}));
  for (const ServingEngine engine :
       {ServingEngine::kVllm, ServingEngine::kSglang, ServingEngine::kTrtllm}) {
    if (name == id_of(engine)) return engine;
  }
  return std::nullopt;
}

/// One of the services, or components, of a graph.
struct Component {
  std::string name;
  const Node* node = nullptr;
};

std::vector<Component> components_of(const Node* spec) {
  std::vector<Component> found;
  if (const Node* const services = find_path(spec, {"services"}); services != nullptr) {
    for (const Entry& each : services->entries) found.push_back({each.key.text, &each.value});
  }
  if (const Node* const list = find_path(spec, {"components"}); list != nullptr) {
    for (const Node& each : list->items) {
      found.push_back({text_of_scalar(find_path(&each, {"name"})), &each});
    }
  }
  return found;
}

/// v1alpha1 has it by itself, v1beta1 as the container "main" of a pod.
const Node* container_of(const Node& component) {
  const Node* const alone = find_path(&component, {"extraPodSpec", "mainContainer"});
  if (alone != nullptr) return alone;
  const Node* const all = find_path(&component, {"podTemplate", "spec", "containers"});
  if (all == nullptr || all->items.empty()) return nullptr;
  const auto main = std::find_if(all->items.begin(), all->items.end(), [](const Node& each) {
    return text_of_scalar(find_path(&each, {"name"})) == "main";
  });
  return main == all->items.end() ? &all->items.front() : &*main;
}

class DynamoReader {
 public:
  explicit DynamoReader(Manifest& manifest) : manifest_(manifest) {}

  Deployment read(const Node& document, bool only) {
    Deployment deployment{.format = DeploymentFormat::kDynamo};
    if (!only) deployment.name = text_of_scalar(find_path(&document, {"metadata", "name"}));
    const Node* const spec = document.find("spec");
    for (const Component& each : components_of(spec)) {
      if (each.node->is_map()) read_component(each, spec, deployment);
    }
    return deployment;
  }

 private:
  void read_component(const Component& component, const Node* spec, Deployment& deployment) {
    const Node& node = *component.node;
    const Node* const container = container_of(node);
    if (container == nullptr || !container->is_map()) return;
    PodContainer where{.container = container};
    const Node* const older = node.find("extraPodSpec");
    where.pod = older != nullptr ? older : find_path(&node, {"podTemplate", "spec"});
    where.environments = {find_path(spec, {"envs"}),
                          find_path(spec, {"env"}),
                          node.find("envs"),
                          container->find("env")};
    const std::string kind = text_of_scalar(node.find("componentType"));
    const std::string type = kind.empty() ? text_of_scalar(node.find("type")) : kind;
    const bool worker = is_one_of(type, {"worker", "prefill", "decode"});
    if (worker) where.framework = framework_in(spec);
    where.names = {component.name, text_of_scalar(node.find("subComponentType")), type};
    // What says it outright counts more than a name.
    std::stable_partition(where.names.begin() + 1, where.names.end(), [](const std::string& name) {
      return kind_in_name(name).has_value();
    });
    auto engine = engine_of_container(where, manifest_);
    if (!engine) return;
    set_sizes(node, *container, engine->role);
    std::vector<StartedEngine> one;
    one.push_back(std::move(*engine));
    add_engines(std::move(one), deployment);
  }

  static void set_sizes(const Node& node, const Node& container, DeployedRole& role) {
    role.instances = count_in(node.find("replicas"));
    role.nodes = count_in(find_path(&node, {"multinode", "nodeCount"}));
    for (const Node* const holder : {&node, &container}) {
      for (const char* part : {"limits", "requests"}) {
        for (const char* key : {"gpu", "nvidia.com/gpu"}) {
          if (role.gpus_per_node) break;
          role.gpus_per_node = count_in(find_path(holder, {"resources", part, key}));
        }
      }
    }
    if (!role.gpus_per_node) return;
    constexpr int kMostCount = 1'000'000;
    role.gpus = role.gpus_per_node;
    const int nodes = role.nodes ? role.nodes->value : 1;
    if (nodes > 0 && role.gpus->value < kMostCount / nodes) role.gpus->value *= nodes;
  }

  Manifest& manifest_;
};

}  // namespace

void read_dynamo(DeploymentFile& file, Findings& findings, const FindFile& find_file) {
  file.format = DeploymentFormat::kDynamo;
  if (file.sources.empty()) return;
  Manifest manifest = read_manifest(file, find_file, findings);
  const auto is_graph = [](const Node& document) {
    return text_of_scalar(find_path(&document, {"kind"})) == "DynamoGraphDeployment";
  };
  const auto graphs = std::count_if(manifest.documents.begin(), manifest.documents.end(), is_graph);
  DynamoReader reader(manifest);
  for (const Node& document : manifest.documents) {
    if (!is_graph(document)) continue;
    Deployment deployment = reader.read(document, graphs == 1);
    if (!deployment.roles.empty()) file.jobs.push_back(std::move(deployment));
  }
}

}  // namespace wideep
