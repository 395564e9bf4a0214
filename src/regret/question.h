#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regret/regret.h"

namespace wideep {

/// A role's workload as a file would have it, and what of it is assumed.
struct RoleQuestion {
  std::string workload{};
  std::vector<std::string> assumed{};
  bool requests_assumed = false;
  std::string why_not{};  ///< there is none; empty: there is
};

/// The question whose answer is the best that the role's GPUs can do with its requests: decode with
/// as many at once as the traffic brings, or as it takes at most; prefill with the tokens that one
/// step may take.
RoleQuestion question_of(const Deployment& job, const DeployedRole& role, const PricedBy& by);

}  // namespace wideep
