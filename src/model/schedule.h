#pragma once

#include <span>

#include "model/config.h"
#include "model/groups.h"
#include "model/work.h"

namespace wideep {

// Which parts of a layer run beside which, by schedule, as sums and maxima that are exact.

/// The groups of a schedule, one after the other: N layers take
///
///   N sum of kEachLayer + (N - 1) sum of kBetweenLayers + sum of kOnce               [s]
///
/// which is exact, since each group begins where all that ran before has ended or is on its paths.
/// Empty where the schedule has no such mode; kChunk has none here. Sources:
/// docs/model.md#schedules.
std::span<const Group> groups_of(Schedule schedule, Overlap overlap);

/// Whether the engine of the schedule runs that mode.
bool runs(Schedule schedule, Overlap overlap);

/// SMs that combine keeps for itself in a schedule of single-batch overlap; 0 in others.
/// Source: SGLang, batch_overlap/single_batch_overlap.py@0ac832c.
int single_batch_sms(Schedule schedule);

/// Whether the two take the same time in that mode whatever the batch, given what is dense.
bool are_equal(Schedule a, Schedule b, Overlap overlap, const DenseParts& dense);

}  // namespace wideep
