#pragma once

#include <optional>

#include "plan/pricing.h"

namespace wideep {

/// The best counts of these instances with a cost up to `limit`; unset: none.
std::optional<Plan> best_counts(const PlanQuestion& question, const Kinds& kinds, double limit);

/// The plan of so many of these instances, at its best batch; unset: it is not within the level.
std::optional<Plan> plan_with(const PlanQuestion& question,
                              const Kinds& kinds,
                              int prefills,
                              int decodes);

}  // namespace wideep
