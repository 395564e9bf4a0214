#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emit/launch.h"
#include "emit/role_shape.h"
#include "rules/rule.h"

namespace wideep {

/// What a launch is made for.
struct LaunchTarget {
  ServingEngine engine = ServingEngine::kVllm;
  std::optional<EngineVersion> version{};  ///< unset: the newest that is known
  int gpus_per_node = 8;
  std::string machine{};  ///< as recipes name it, "gb200"; empty: not known
};

/// Why an engine does not run a role.
struct LaunchRefusal {
  RoleKind kind = RoleKind::kAggregated;
  std::string rule{};  ///< of `check`; empty: none says so
  std::string text;    ///< "decode: ...", without a full stop
  RuleAbout about = RuleAbout::kSettings;
};

/// What an engine's settings cannot say, and what it does not run.
struct LaunchDoubts {
  std::vector<std::string> cannot{};  ///< it runs, without this; a sentence each
  std::vector<LaunchRefusal> refused{};
};

/// The settings that a role needs in an engine.
Launch launch_of(const RoleShape& shape, const LaunchTarget& target, LaunchDoubts& doubts);

// By engine: into a launch whose instances, nodes and GPUs are known.
void add_vllm_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts);
void add_sglang_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts);
void add_trtllm_settings(const RoleShape& shape, Launch& launch, LaunchDoubts& doubts);

// What these share.

/// What presets/engines write for the role's kernel and overlap.
std::vector<LaunchSetting> kernel_settings(const RoleShape& shape, ServingEngine engine);

/// A whole number as settings have it.
std::string number(long long value);

/// Whose kernel the engine runs for the role's; nothing where that is not known.
std::optional<Library> library_in(const RoleShape& shape, ServingEngine engine);

/// Whether the engine captures nothing of the role's steps that decode, because of its kernel.
bool has_no_graphs(const RoleShape& shape, ServingEngine engine);

/// Whether all its GPUs reduce together, and NCCL does it: engines take their own kernel otherwise.
bool reduces_by_nccl(const RoleShape& shape, ServingEngine engine);

/// Whether the KV cache keeps one byte a value.
bool has_fp8_cache(const RoleShape& shape);

/// A part in hundredths of the whole, rounded up; nothing of nothing.
std::optional<double> share_of(Bytes part, Bytes whole);

/// Tokens of a rank, rounded up to a multiple of 16.
int capacity_for(int tokens);

}  // namespace wideep
