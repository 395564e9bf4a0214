#pragma once

#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace wideep {

/// A limit of the question, and what one that is a tenth wider would give.
struct Relaxed {
  std::string_view key;      ///< as the input has it: "slo.tpot"
  std::optional<Plan> plan;  ///< unset: still none
  double gain = 0.0;         ///< of output tokens per second and GPU, as a share of the best's
};

/// By how much a limit is widened, as a share of it; max_utilisation of what is left to 1.
inline constexpr double kWidened = 0.1;

/// The limits that the question states, max_utilisation too, the one of most gain first; in the
/// roles of the best plan.
std::vector<Relaxed> relaxed(const PlanQuestion& question,
                             const Plan& best,
                             InstanceSearches& instances);

/// The median error of predicted tokens per second of deployments that no figure was fitted to.
/// docs/validation.md
inline constexpr double kServedError = 0.127;

/// The best plan in the same roles where every step takes so much longer, or shorter, than
/// predicted.
struct PlanRange {
  std::optional<Plan> slower;
  std::optional<Plan> faster;
};
PlanRange plan_range(const PlanQuestion& question, const Plan& best, InstanceSearches& instances);

}  // namespace wideep
