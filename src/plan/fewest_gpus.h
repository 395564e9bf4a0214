#pragma once

#include <optional>

#include "plan/pricing.h"

namespace wideep {

/// The fewest GPUs, up to `limit`, of these instances that hold the rate or the concurrency that is
/// asked for; unset: none.
std::optional<Plan> fewest_gpus(const PlanQuestion& question, const Kinds& kinds, double limit);

}  // namespace wideep
