#pragma once

#include <optional>
#include <string>

#include "deploy/deployment.h"
#include "model/limit.h"
#include "model/problem.h"

namespace wideep {

/// A role's configuration, or why the model has none.
struct RoleConfig {
  std::optional<Config> config{};
  std::string why_not{};               ///< there is none; empty: there is
  std::optional<BrokenLimit> limit{};  ///< that stands in the way, where one does
};

/// What a role runs of the problem's batch: its flags' layout, all-to-all and overlap, and what its
/// engine chooses by itself, on the SMs that are fastest. Whether it fits is not asked.
RoleConfig config_of(const DeployedRole& role, const Problem& problem);

/// Tokens of an attention group, as many as the configuration has or fewer, that memory leaves room
/// for in its layout; 0: none.
int fitting_tokens(const Problem& problem, Config config);

}  // namespace wideep
