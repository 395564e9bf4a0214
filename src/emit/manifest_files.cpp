// Manifests of Kubernetes and of Dynamo. Sources: api/leaderworkerset/v1 @024af08 of
// kubernetes-sigs/lws, deploy/operator/api/v1alpha1 @1d26d92 of ai-dynamo/dynamo.
#include <algorithm>

#include <fmt/format.h>

#include "emit/launch_files.h"
#include "emit/yaml_lines.h"

namespace wideep {
namespace {

// Where texts of several lines stand in a file.
constexpr int kInArgument = 16;  ///< of a container
constexpr int kInConfigMap = 4;

std::string image_of(ServingEngine engine) {
  switch (engine) {
    case ServingEngine::kVllm:
      return "vllm/vllm-openai:FILL-IN";
    case ServingEngine::kSglang:
      return "lmsysorg/sglang:FILL-IN";
    case ServingEngine::kTrtllm:
      break;
  }
  return "nvcr.io/nvidia/tensorrt-llm/release:FILL-IN";
}

std::string indented(const std::string& lines, int indent) {
  std::string text;
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string one = lines.substr(at, end - at);
    text += one.empty() ? "\n" : spaces(indent) + one + "\n";
    at = end + 1;
  }
  return text;
}

/// The pods of one node each, alike for the leader and the others.
std::string pod_lines(const LaunchSet& set, const Launch& launch) {
  std::string script = fmt::format("MODEL={}\n", shell_word(set.model));
  script += start_lines(set, launch, "LWS_WORKER_INDEX", "LWS_LEADER_ADDRESS", 0);
  std::string text = line("      spec:") + line("        containers:");
  text += line(fmt::format("          - name: {}", id_of(set.engine)));
  text += line("            image: " + image_of(set.engine));
  text += line("            command: [/bin/bash, -c]");
  text += line("            args:") + line("              - |");
  text += indented(script, kInArgument);
  text += line("            resources:") + line("              limits:");
  text += line(fmt::format("                nvidia.com/gpu: \"{}\"", launch.gpus_per_node));
  text +=
      line("            securityContext:") + line("              capabilities: {add: [IPC_LOCK]}");
  text += line("            volumeMounts:");
  text += line("              - {name: shm, mountPath: /dev/shm}");
  text += line("        volumes:");
  text += line("          - {name: shm, emptyDir: {medium: Memory, sizeLimit: 64Gi}}");
  return text;
}

std::string dynamo_arguments(const LaunchSet& set, const Launch& launch) {
  const char* const model = set.engine == ServingEngine::kVllm ? "--model=" : "--model-path=";
  std::string text = line("            - " + yaml_text(model + set.model));
  const bool trt = set.engine == ServingEngine::kTrtllm;
  const bool apart = launch.kind != RoleKind::kAggregated;
  if (apart && set.engine != ServingEngine::kSglang) {
    text += line(fmt::format("            - --disaggregation-mode={}", name_of(launch.kind)));
  }
  if (trt) {
    return text + line(fmt::format("            - --extra-engine-args=/config/{}.yaml",
                                   name_of(launch.kind)));
  }
  for (const LaunchSetting& each : launch.flags) {
    const std::string flag =
        each.value.empty() ? "--" + each.key : fmt::format("--{}={}", each.key, each.value);
    text += line("            - " + yaml_text(flag), each.why);
  }
  return text;
}

}  // namespace

std::string kubernetes_file(const LaunchSet& set) {
  std::string text = heading(set,
                             "images, the model where it is no name that they know, network "
                             "devices (rdma), what selects the "
                             "nodes, and a router");
  for (const Launch& launch : set.roles) {
    text += "---\napiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\n";
    text += fmt::format("metadata:\n  name: {}-{}\n", model_name(set), name_of(launch.kind));
    text += fmt::format("  labels: {{llm-d.ai/role: {}}}\n", name_of(launch.kind));
    text += fmt::format("spec:\n  replicas: {}\n  leaderWorkerTemplate:\n    size: {}\n",
                        launch.instances,
                        launch.nodes);
    text += "    restartPolicy: RecreateGroupOnPodRestart\n    workerTemplate:\n";
    text += fmt::format("      metadata:\n        labels: {{llm-d.ai/role: {}}}\n",
                        name_of(launch.kind));
    text += pod_lines(set, launch);
  }
  return text;
}

std::string dynamo_file(const LaunchSet& set) {
  const bool trt = set.engine == ServingEngine::kTrtllm;
  const std::string name = model_name(set);
  std::string text = heading(
      set, "images, the model where it is no name that they know, and network devices (rdma)");
  if (trt) {
    text += fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}-options\ndata:\n",
                        name);
    for (const Launch& launch : set.roles) {
      text += line(fmt::format("  {}.yaml: |", name_of(launch.kind))) +
              options_yaml(launch, kInConfigMap);
    }
    text += "---\n";
  }
  text += fmt::format(
      "apiVersion: nvidia.com/v1alpha1\nkind: DynamoGraphDeployment\nmetadata:\n  name: {}\nspec:\n"
      "  backendFramework: {}\n  services:\n",
      name,
      id_of(set.engine));
  const std::string image = fmt::format("nvcr.io/nvidia/ai-dynamo/{}-runtime:FILL-IN",
                                        trt ? "tensorrtllm" : id_of(set.engine));
  text += line("    Frontend:") + line("      componentType: frontend") + line("      replicas: 1");
  text += line("      extraPodSpec: {mainContainer: {image: " + image + "}}");
  for (const Launch& launch : set.roles) {
    text +=
        line(fmt::format("    {}:", name_of(launch.kind))) + line("      componentType: worker");
    if (launch.kind != RoleKind::kAggregated) {
      text += line(fmt::format("      subComponentType: {}", name_of(launch.kind)));
    }
    text += line(fmt::format("      replicas: {}", launch.instances));
    if (launch.nodes > 1) {
      text += line(fmt::format("      multinode: {{nodeCount: {}}}", launch.nodes));
    }
    text += line(fmt::format("      resources: {{limits: {{gpu: \"{}\"}}}}", launch.gpus_per_node));
    text += line("      sharedMemory: {size: 64Gi}");
    if (!launch.variables.empty()) text += line("      envs:");
    for (const LaunchSetting& each : launch.variables) {
      text += line(fmt::format("        - {{name: {}, value: \"{}\"}}", each.key, each.value),
                   each.why);
    }
    text += line("      extraPodSpec:");
    if (trt) {
      text += line("        volumes:");
      text +=
          line(fmt::format("          - {{name: options, configMap: {{name: {}-options}}}}", name));
    }
    text += line("        mainContainer:") + line("          image: " + image);
    text += line(fmt::format("          command: [python3, -m, dynamo.{}]", id_of(set.engine)));
    text += line("          args:") + dynamo_arguments(set, launch);
    if (trt) {
      text += line("          volumeMounts:") +
              line("            - {name: options, mountPath: /config}");
    }
  }
  return text;
}

}  // namespace wideep
