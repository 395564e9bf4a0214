#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/setting.h"

namespace wideep {

/// What a file is, that starts engines.
enum class DeploymentFormat {
  kShell,         ///< a script, or a command line of it
  kDockerfile,    ///< CMD or ENTRYPOINT
  kKubernetes,    ///< Deployment, StatefulSet, LeaderWorkerSet, DisaggregatedSet
  kDynamo,        ///< DynamoGraphDeployment
  kSrtSlurm,      ///< a recipe
  kTrtllmOptions  ///< options of TensorRT-LLM by themselves
};

/// "shell", "dockerfile", "kubernetes", "dynamo", "srt-slurm" or "trtllm-options".
std::string_view name_of(DeploymentFormat format);

/// As people call it: "shell script", "srt-slurm recipe".
std::string_view title_of(DeploymentFormat format);

enum class ServingEngine { kVllm, kSglang, kTrtllm };

/// "vLLM", "SGLang" or "TensorRT-LLM".
std::string_view title_of(ServingEngine engine);

/// As presets/engines has it: "vllm", "sglang" or "trtllm".
std::string_view id_of(ServingEngine engine);

/// The one of that id; nothing where there is none.
std::optional<ServingEngine> serving_engine(std::string_view id);

/// What the requests see of an instance.
enum class RoleKind { kPrefill, kDecode, kAggregated };

/// "prefill", "decode" or "aggregated".
std::string_view name_of(RoleKind kind);

/// A number or a word of a file, with its place.
template <typename T>
struct Stated {
  T value{};
  Place at{};
};

/// Instances of one kind, started alike.
struct DeployedRole {
  RoleKind kind = RoleKind::kAggregated;
  bool kind_stated = false;  ///< by the file; otherwise it is taken to be aggregated
  ServingEngine engine = ServingEngine::kVllm;
  std::string name{};  ///< what the file calls it, "decode"; empty where it has no name for it
  Place at{};          ///< of what starts it
  Settings flags{};    ///< of the command line, or of an options file
  Settings environment{};
  std::optional<Stated<int>> instances{};
  std::optional<Stated<int>> nodes{};              ///< of all its instances, or pods of one
  std::optional<Stated<int>> gpus{};               ///< of one instance, as the file allots them
  std::optional<Stated<int>> gpus_per_node{};      ///< of a node or a pod
  std::optional<Stated<std::string>> container{};  ///< image, whose tag may say the version
};

/// What a file starts.
struct Deployment {
  DeploymentFormat format = DeploymentFormat::kShell;
  std::string name{};  ///< of one job among several in a file; empty where it is the only one
  std::optional<Stated<std::string>> model{};     ///< path or name as the file has it
  std::optional<Stated<std::string>> hardware{};  ///< "gb200", as the file has it
  std::optional<Stated<std::string>> precision{};
  std::optional<Stated<int>> input_tokens{};  ///< of the benchmark in it
  std::optional<Stated<int>> output_tokens{};
  std::vector<Stated<int>> concurrencies{};  ///< requests in flight of the whole deployment
  /// How a recipe starts ranks, "per_node" or "per_gpu"; empty where it does not say.
  std::string launch_mode{};
  bool roles_share_nodes = false;  ///< by design: GPUs of nodes do not add up
  std::vector<DeployedRole> roles{};
};

/// The text of a deployment's file, and of those that it names; settings point into them.
struct DeploymentFile {
  std::string path;
  std::deque<Source> sources;
  DeploymentFormat format = DeploymentFormat::kShell;
  /// One for each job that it starts, in file order; a file with neither a job nor a fault is none.
  std::vector<Deployment> jobs;
  std::vector<std::string> not_read;  ///< what was left out and why, a sentence each
};

/// The last of those settings, or null. An engine's keys have one name each (setting.h).
const Setting* flag(const DeployedRole& role, std::string_view key);
const Setting* variable(const DeployedRole& role, std::string_view key);

/// Their values; nothing where the role does not say, or says what is not known here.
std::optional<long long> flag_number(const DeployedRole& role, std::string_view key);
std::optional<bool> flag_truth(const DeployedRole& role, std::string_view key);
/// Whether a role switches a flag on, and the file says so.
bool is_on(const DeployedRole& role, std::string_view key);
std::optional<std::string> flag_text(const DeployedRole& role, std::string_view key);
std::optional<long long> variable_number(const DeployedRole& role, std::string_view key);
std::optional<std::string> variable_text(const DeployedRole& role, std::string_view key);

/// Whether a role says something of it that is not known here, so that no rule may speak of it.
bool unresolved(const DeployedRole& role, std::string_view key);

}  // namespace wideep
