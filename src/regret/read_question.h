#pragma once

#include <memory>
#include <optional>
#include <string>

#include "model/planning.h"
#include "regret/regret.h"

namespace wideep {

// Null, or nothing, with the reason where the words of a workload make no question of these
// machines.

/// Of one role.
std::shared_ptr<const Problem> read_role_question(const std::string& workload,
                                                  const PricedBy& by,
                                                  std::string& why_not);

/// Of a whole deployment.
std::optional<PlanQuestion> read_deployment_question(const std::string& workload,
                                                     const PricedBy& by,
                                                     std::string& why_not);

}  // namespace wideep
