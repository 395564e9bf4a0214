#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/change.h"
#include "deploy/deployment.h"
#include "deploy/sizes.h"
#include "engines/rules.h"
#include "model/fabric.h"

namespace wideep {

/// How a rule of deployments is known.
enum class Proof {
  kRead,     ///< the code that decides it was read
  kExcerpt,  ///< an excerpt of that code was read, of no known commit
  kThread,   ///< an issue or a pull request tells of it: a warning at most
  kDeduced   ///< it follows from what was read
};

/// "the code that decides it was read".
std::string_view name_of(Proof proof);

/// What a rule says does not go, where that is more than the kernel or a setting.
enum class RuleAbout {
  kSettings,
  kAttentionGroups,  ///< ranks that share their requests
  kCutExperts        ///< experts that are cut over ranks
};

/// What rules need to know of the model; nothing of what is not known.
struct ServedModel {
  std::string name;
  std::optional<int> experts{};  ///< E
  std::optional<int> top_k{};
  std::optional<int> hidden{};       ///< of what is sent, h
  std::optional<int> expert_size{};  ///< intermediate size of an expert
  std::optional<int> moe_layers{};
  std::optional<bool> mla{};             ///< multi-head latent attention, sparse ones too
  std::optional<int> kv_heads{};         ///< of grouped-query attention
  std::optional<double> expert_bytes{};  ///< of one expert's weights in one layer
};

/// What rules need to know of the machines.
struct Machine {
  std::string name;
  std::optional<Architecture> architecture{};
  std::optional<int> sms{};
  std::optional<double> memory{};        ///< bytes of a GPU
  std::optional<int> gpus_per_domain{};  ///< that share NVLink
  std::optional<int> gpus_per_node{};    ///< that share a host: 4 of a GB200 tray
};

/// major, minor, patch of the engine as a container's tag says them.
struct EngineVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;

  friend auto operator<=>(const EngineVersion&, const EngineVersion&) = default;
};

/// What a rule looks at: a role, with the rest of its deployment.
struct RuleContext {
  const Deployment& deployment;
  const DeployedRole& role;
  RoleSizes sizes;
  std::optional<int> ep_width;         ///< P
  const ServedModel* model = nullptr;  ///< null: not known
  const Machine* machine = nullptr;
  std::optional<EngineVersion> version{};
};

/// A case of a rule in a role.
struct RuleCase {
  std::string message;            ///< without its full stop
  Place at;                       ///< what it speaks of
  std::vector<Change> changes{};  ///< what lifts it, where that can be written down
  std::string advice{};           ///< what lifts it, where it cannot
  std::optional<Grade> grade{};   ///< where it is less grave than the rule's others
};

/// Something that a deployment's file must keep to. docs/adding.md#a-rule-of-deployments
struct DeploymentRule {
  std::string_view name;        ///< "vllm-dbo-backend"
  Grade grade = Grade::kError;  ///< the gravest that it gives
  std::string_view what;        ///< what it says and what happens otherwise, whole sentences
  std::string_view fix;         ///< what lifts it in general
  Proof proof = Proof::kRead;
  std::string_view source;  ///< file @commit, or the thread
  /// The first version of the engine in which it holds: known earlier ones are not asked.
  std::optional<EngineVersion> since{};
  std::string_view versions{};  ///< in which of those, where that is no number: a phrase
  /// Rules that say less of the same cause, whose cases go with its fix: they are silent of a role
  /// of which this one speaks as gravely or more so.
  std::array<std::string_view, 3> hides{};
  RuleAbout about = RuleAbout::kSettings;
  /// Adds what it finds; nothing where it cannot be told.
  void (*find)(const RuleContext&, std::vector<RuleCase>& cases) = nullptr;
};

/// In which versions of its engine a rule holds: "0.16 and later", "all", "those with --dcp-size".
std::string versions_of(const DeploymentRule& rule);

// By engine and topic; a rule is asked of roles of its engine alone.
std::span<const DeploymentRule> vllm_rules();
std::span<const DeploymentRule> sglang_rules();
std::span<const DeploymentRule> trtllm_rules();
std::span<const DeploymentRule> deepep_rules();  ///< of its kernels, in vLLM and SGLang
std::span<const DeploymentRule> format_rules();  ///< of what starts engines
std::span<const DeploymentRule> shared_rules();  ///< of all engines' all-to-alls
std::span<const DeploymentRule> spelling_rules();

/// All that may speak of a role of that engine.
std::vector<const DeploymentRule*> rules_of(ServingEngine engine);

/// All of them, by name; null where there is none of that name.
std::vector<const DeploymentRule*> all_deployment_rules();
const DeploymentRule* deployment_rule(std::string_view name);

// What rules share.

// Bytes.
inline constexpr double kMiB = 1024.0 * 1024.0;
inline constexpr double kGiB = 1024.0 * kMiB;

/// Whether the version is known and before that one.
bool is_before(const RuleContext& context, const EngineVersion& version);

/// The first other role of that kind, or null.
const DeployedRole* role_of_kind(const RuleContext& context, RoleKind kind);

/// Where a role's flag or variable stands; else where the role does.
Place place_of_flag(const RuleContext& context, std::string_view key);
Place place_of_variable(const RuleContext& context, std::string_view key);

}  // namespace wideep
