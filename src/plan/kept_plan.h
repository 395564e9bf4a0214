#pragma once

#include <optional>

#include "plan/plan.h"

namespace wideep {

/// Whether they have the same counts of the same instances: of EP width, kernel, layout and mode.
bool same_plan(const Plan& a, const Plan& b);

/// A plan under another question: as many of the same instances, with batches, step sizes and
/// drafted tokens chosen anew; unset: it does not hold the level then.
std::optional<Plan> kept_plan(const PlanQuestion& question, const Plan& plan);

}  // namespace wideep
