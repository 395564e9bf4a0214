#include "rules/vllm_pair.h"

namespace wideep {

std::optional<NixlPair> nixl_pair(const RuleContext& context) {
  if (context.role.kind != RoleKind::kDecode) return std::nullopt;
  const DeployedRole* const prefill = role_of_kind(context, RoleKind::kPrefill);
  if (prefill == nullptr || prefill->engine != ServingEngine::kVllm) return std::nullopt;
  if (!transfers_by_nixl(*prefill) || !transfers_by_nixl(context.role)) return std::nullopt;
  return NixlPair{prefill, &context.role};
}

bool transfers_by_nixl(const DeployedRole& role) {
  return transfers_by(role, "NixlConnector");
}

}  // namespace wideep
