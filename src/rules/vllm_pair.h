#pragma once

#include <optional>

#include "rules/vllm_role.h"

namespace wideep {

/// Prefill and decode that NIXL joins.
struct NixlPair {
  const DeployedRole* prefill = nullptr;
  const DeployedRole* decode = nullptr;
};

/// That of a decode role, so that a pair is looked at once; nothing for others, and where one of
/// the two does not say that NIXL joins them.
std::optional<NixlPair> nixl_pair(const RuleContext& context);

/// Whether a role's settings name NIXL's connector, by itself or among others.
bool transfers_by_nixl(const DeployedRole& role);

}  // namespace wideep
