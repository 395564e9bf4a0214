#pragma once

#include <string>
#include <vector>

#include "deploy/deployment.h"

namespace wideep {

/// A setting of an engine, with the reason for it.
struct LaunchSetting {
  std::string key;    ///< as EngineSetting::key
  std::string value;  ///< empty: a switch
  std::string why;    ///< a phrase; empty: it goes without saying
};

/// Instances of one role, as they are started. docs/engines.md
struct Launch {
  RoleKind kind = RoleKind::kAggregated;
  int instances = 1;
  int nodes = 1;  ///< of an instance
  int gpus_per_node = 1;
  int ranks_per_node = 1;  ///< of data parallelism, where each node starts its own
  std::vector<LaunchSetting> flags;
  std::vector<LaunchSetting> variables;  ///< of the environment

  [[nodiscard]] int gpus() const { return nodes * gpus_per_node; }
};

/// What starts a deployment.
struct LaunchSet {
  ServingEngine engine = ServingEngine::kVllm;
  std::string version;    ///< of the engine, whose names the settings have
  std::string model;      ///< path or name
  std::string title;      ///< "2 x EP 8 for prefill, 1 x EP 16 for decode on gb200-nvl72"
  std::string machine;    ///< as recipes name it, "gb200"; empty: not known
  int gpus_per_node = 8;  ///< that a machine has
  std::string precision;  ///< of the experts' weights, "fp8"
  int input_tokens = 0;   ///< of a request, in the mean; 0: not known
  int output_tokens = 0;
  int concurrency = 0;                 ///< requests in flight; 0: not known
  std::vector<std::string> predicted;  ///< what the model says of it, a sentence each
  std::vector<Launch> roles;           ///< prefill before decode, or one
  std::vector<std::string> cannot;     ///< what the engine has no setting for, a sentence each
};

}  // namespace wideep
