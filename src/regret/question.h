#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regret/regret.h"

namespace wideep {

/// A workload as a file would have it, of a role or a deployment, and what of it is assumed.
struct RoleQuestion {
  std::string workload{};
  std::vector<std::string> assumed{};
  bool requests_assumed = false;
  std::string why_not{};  ///< there is none; empty: there is
};

/// The question whose answer is the best that the role's GPUs can do with its requests: decode with
/// as many at once as the traffic brings, or as it takes at most; prefill with the tokens that one
/// step may take. `fitting`: no more requests than that at once.
RoleQuestion question_of(const Deployment& job,
                         const DeployedRole& role,
                         const PricedBy& by,
                         std::optional<int> fitting = {});

/// The question whose answer is the plan of the fewest GPUs for its requests, by roles: prefill and
/// decode, or one that does both. Needs PricedBy's model.
RoleQuestion deployment_question(const Deployment& job,
                                 const std::vector<const DeployedRole*>& roles,
                                 const PricedBy& by);

/// Requests in flight of the whole deployment, the most that are said; 0: not told.
int requests_in_flight(const Deployment& job, const PricedBy& by);

/// Requests that decode at once in an instance; 0: not told.
int decode_batch(const Deployment& job, const DeployedRole& role, const PricedBy& by);

/// Tokens that an attention group takes in one step of prompts; nothing where it is not said.
std::optional<int> prompt_chunk(const DeployedRole& role);

}  // namespace wideep
