#pragma once

#include <optional>

#include "plan/pricing.h"

namespace wideep {

/// The best counts of these instances with a cost up to `limit`; unset: none.
std::optional<Plan> best_counts(const PlanQuestion& question, const Kinds& kinds, double limit);

}  // namespace wideep
