// Manifests and recipes.
#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "emit/launch_files.h"

namespace wideep {

std::string shell_file(const LaunchSet& set);

namespace {

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(count), ' ');
}

std::string line(const std::string& text, const std::string& why = {}) {
  constexpr std::size_t kYamlReasonColumn = 50;
  return why.empty() ? text + "\n" : fmt::format("{:<{}}  # {}\n", text, kYamlReasonColumn, why);
}

// Where texts of several lines stand in a file.
constexpr int kInArgument = 16;  ///< of a container
constexpr int kInConfigMap = 4;
constexpr int kInRecipe = 6;

/// A name that Kubernetes takes: letters, digits and '-'.
std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  while (name.starts_with('-')) name.erase(0, 1);
  constexpr std::size_t kLongest = 40;
  name.resize(std::min(name.size(), kLongest));
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "engine" : name;
}

std::string model_name(const LaunchSet& set) {
  return plain_name(set.model.substr(set.model.rfind('/') + 1));
}

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
  std::string script = fmt::format("MODEL={}\n", set.model);
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

std::string kubernetes_file(const LaunchSet& set) {
  std::string text = heading(set, "images, network devices (rdma), and what selects the nodes");
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

/// What Dynamo's operator works out, or its own options say.
bool is_of_operator(const std::string& key) {
  static const std::set<std::string> keys = {"data-parallel-size-local",
                                             "data-parallel-start-rank",
                                             "data-parallel-address",
                                             "nnodes",
                                             "node-rank",
                                             "dist-init-addr"};
  return keys.count(key) > 0;
}

std::string dynamo_arguments(const LaunchSet& set, const Launch& launch) {
  std::string text = line("            - --model-path=" + set.model);
  if (set.engine == ServingEngine::kVllm) text = line("            - --model=" + set.model);
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
    if (is_of_operator(each.key)) continue;
    const std::string flag =
        each.value.empty() ? "--" + each.key : fmt::format("--{}={}", each.key, each.value);
    text += line("            - " + yaml_text(flag), each.why);
  }
  return text;
}

std::string dynamo_file(const LaunchSet& set) {
  const bool trt = set.engine == ServingEngine::kTrtllm;
  const std::string name = model_name(set);
  std::string text = heading(set, "images and network devices (rdma)");
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

std::string recipe_file(const LaunchSet& set) {
  const std::string engine(id_of(set.engine));
  std::string text = heading(set, "model.path and model.container, as srtslurm.yaml names them");
  text += fmt::format(
      "name: {}\nmodel:\n  path: {}\n  container: FILL-IN\n", model_name(set), set.model);
  if (!set.precision.empty()) text += line("  precision: " + set.precision);
  text += "resources:\n";
  text += line("  gpu_type: " + (set.machine.empty() ? "FILL-IN" : set.machine));
  text += line(fmt::format("  gpus_per_node: {}", set.gpus_per_node));
  const auto short_name = [](const Launch& one) {
    return one.kind == RoleKind::kAggregated ? std::string("agg") : std::string(name_of(one.kind));
  };
  for (const Launch& launch : set.roles) {
    const int gpus = launch.instances * launch.gpus();
    text += line(fmt::format(
        "  {}_nodes: {}", short_name(launch), (gpus + set.gpus_per_node - 1) / set.gpus_per_node));
    text += line(fmt::format("  {}_workers: {}", short_name(launch), launch.instances));
    text += line(fmt::format("  gpus_per_{}: {}", short_name(launch), launch.gpus()));
  }
  text += fmt::format("backend:\n  type: {}\n", engine);
  for (const Launch& launch : set.roles) {
    if (launch.variables.empty()) continue;
    text += line(fmt::format("  {}_environment:", name_of(launch.kind)));
    for (const LaunchSetting& each : launch.variables) {
      text += line(fmt::format("    {}: \"{}\"", each.key, each.value), each.why);
    }
  }
  text += line("  " + engine + "_config:");
  for (const Launch& launch : set.roles) {
    text += line(fmt::format("    {}:", name_of(launch.kind)));
    if (set.engine == ServingEngine::kTrtllm) {
      text += options_yaml(launch, kInRecipe);
      continue;
    }
    for (const LaunchSetting& each : launch.flags) {
      const std::string value = each.value.empty() ? "true" : yaml_text(each.value);
      text += line(fmt::format("      {}: {}", each.key, value), each.why);
    }
  }
  if (set.input_tokens > 0 && set.concurrency > 0) {
    text +=
        fmt::format("benchmark:\n  type: sa-bench\n  isl: {}\n  osl: {}\n  concurrencies: \"{}\"\n",
                    set.input_tokens,
                    set.output_tokens,
                    set.concurrency);
  }
  return text;
}

}  // namespace

std::string yaml_text(std::string_view value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
           c == '/' || c == '=';
  });
  if (plain) return std::string(value);
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string options_yaml(const Launch& launch, int indent) {
  std::string text;
  std::vector<std::string> open;
  std::vector<LaunchSetting> settings = launch.flags;
  // Keys of one map stand together.
  std::stable_sort(settings.begin(), settings.end(), [](const auto& a, const auto& b) {
    const auto section = [](const LaunchSetting& one) {
      const std::size_t dot = one.key.rfind('.');
      return dot == std::string::npos ? std::string() : one.key.substr(0, dot);
    };
    return section(a) < section(b);
  });
  for (const LaunchSetting& each : settings) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    for (std::size_t dot = each.key.find('.'); dot != std::string::npos;
         dot = each.key.find('.', at)) {
      parts.push_back(each.key.substr(at, dot - at));
      at = dot + 1;
    }
    std::size_t same = 0;
    while (same < open.size() && same < parts.size() && open[same] == parts[same]) ++same;
    open.resize(same);
    for (; same < parts.size(); ++same) {
      text += line(spaces(indent + 2 * static_cast<int>(same)) + parts[same] + ":");
      open.push_back(parts[same]);
    }
    text += line(spaces(indent + 2 * static_cast<int>(parts.size())) +
                     fmt::format("{}: {}", each.key.substr(at), each.value),
                 each.why);
  }
  return text;
}

std::string launch_file(const LaunchSet& set, LaunchFormat format) {
  switch (format) {
    case LaunchFormat::kKubernetes:
      return kubernetes_file(set);
    case LaunchFormat::kDynamo:
      return dynamo_file(set);
    case LaunchFormat::kSrtSlurm:
      return recipe_file(set);
    case LaunchFormat::kShell:
      break;
  }
  return shell_file(set);
}

}  // namespace wideep
