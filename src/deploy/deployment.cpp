#include "deploy/deployment.h"

namespace wideep {

std::string_view name_of(DeploymentFormat format) {
  switch (format) {
    case DeploymentFormat::kShell:
      return "shell";
    case DeploymentFormat::kDockerfile:
      return "dockerfile";
    case DeploymentFormat::kKubernetes:
      return "kubernetes";
    case DeploymentFormat::kDynamo:
      return "dynamo";
    case DeploymentFormat::kSrtSlurm:
      return "srt-slurm";
    case DeploymentFormat::kTrtllmOptions:
      break;
  }
  return "trtllm-options";
}

std::string_view title_of(DeploymentFormat format) {
  switch (format) {
    case DeploymentFormat::kShell:
      return "shell script";
    case DeploymentFormat::kDockerfile:
      return "Dockerfile";
    case DeploymentFormat::kKubernetes:
      return "Kubernetes manifest";
    case DeploymentFormat::kDynamo:
      return "DynamoGraphDeployment";
    case DeploymentFormat::kSrtSlurm:
      return "srt-slurm recipe";
    case DeploymentFormat::kTrtllmOptions:
      break;
  }
  return "TensorRT-LLM options";
}

std::string_view title_of(ServingEngine engine) {
  switch (engine) {
    case ServingEngine::kVllm:
      return "vLLM";
    case ServingEngine::kSglang:
      return "SGLang";
    case ServingEngine::kTrtllm:
      break;
  }
  return "TensorRT-LLM";
}

std::string_view id_of(ServingEngine engine) {
  switch (engine) {
    case ServingEngine::kVllm:
      return "vllm";
    case ServingEngine::kSglang:
      return "sglang";
    case ServingEngine::kTrtllm:
      break;
  }
  return "trtllm";
}

std::optional<ServingEngine> serving_engine(std::string_view id) {
  for (const auto each : {ServingEngine::kVllm, ServingEngine::kSglang, ServingEngine::kTrtllm}) {
    if (id_of(each) == id) return each;
  }
  return std::nullopt;
}

std::string_view name_of(RoleKind kind) {
  switch (kind) {
    case RoleKind::kPrefill:
      return "prefill";
    case RoleKind::kDecode:
      return "decode";
    case RoleKind::kAggregated:
      break;
  }
  return "aggregated";
}

const Setting* flag(const DeployedRole& role, std::string_view key) {
  return role.flags.find(key);
}

const Setting* variable(const DeployedRole& role, std::string_view key) {
  return role.environment.find(key);
}

std::optional<long long> flag_number(const DeployedRole& role, std::string_view key) {
  const Setting* const found = flag(role, key);
  return found == nullptr ? std::nullopt : number_in(*found);
}

std::optional<bool> flag_truth(const DeployedRole& role, std::string_view key) {
  const Setting* const found = flag(role, key);
  return found == nullptr ? std::nullopt : truth_in(*found);
}

bool is_on(const DeployedRole& role, std::string_view key) {
  return flag_truth(role, key) == true;
}

std::optional<std::string> flag_text(const DeployedRole& role, std::string_view key) {
  const Setting* const found = flag(role, key);
  return found == nullptr ? std::nullopt : found->value;
}

std::optional<long long> variable_number(const DeployedRole& role, std::string_view key) {
  const Setting* const found = variable(role, key);
  return found == nullptr ? std::nullopt : number_in(*found);
}

std::optional<std::string> variable_text(const DeployedRole& role, std::string_view key) {
  const Setting* const found = variable(role, key);
  return found == nullptr ? std::nullopt : found->value;
}

bool unresolved(const DeployedRole& role, std::string_view key) {
  const Setting* const as_flag = flag(role, key);
  const Setting* const as_variable = variable(role, key);
  return (as_flag != nullptr && !as_flag->value) || (as_variable != nullptr && !as_variable->value);
}

}  // namespace wideep
