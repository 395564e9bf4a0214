#pragma once

#include <optional>

#include "plan/pricing.h"

namespace wideep {

/// The fewest GPUs, up to `limit`, of these instances that hold the rate or the concurrency that is
/// asked for; unset: none.
std::optional<Plan> fewest_gpus(const PlanQuestion& question, const Kinds& kinds, double limit);

/// The plan of so many of these instances for that demand, its cost in GPUs; unset: not within the
/// level, with smaller batches of decode neither.
std::optional<Plan> with_counts(const PlanQuestion& question,
                                const Kinds& kinds,
                                int prefills,
                                int decodes);

}  // namespace wideep
