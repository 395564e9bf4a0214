#pragma once

#include <optional>
#include <vector>

#include "model/config.h"
#include "model/workload.h"

namespace wideep {

// How uneven the load of the ranks is, at the EP width and batch of a configuration. Between widths
// at which the expert slots cannot be dealt out, figures are linear in the logarithm of the width.

/// gamma of the workload. docs/model.md#straggler
double straggler_factor(const Workload& workload, const Config& config);

/// The least of it over the batches from `fewest` tokens to the configuration's.
double least_straggler_factor(const Workload& workload, const Config& config, int fewest);

/// Its 95th percentile over layers; unset where no counts by layer were given.
std::optional<double> straggler_p95(const Workload& workload, const Config& config);

/// gamma of one step of evenly chosen experts, where that of the workload is of averages over many
/// steps: counts. Unset elsewhere.
std::optional<double> even_straggler_factor(const Workload& workload, const Config& config);

/// The most that gamma can be: every token of all P ranks on one, as often as that has experts for
/// it, P min(k, slots of a rank) / k; P where the experts are not known. A stated gamma may be
/// above.
double most_straggler_factor(const Workload& workload, int ep_width);

/// Whether what gives gamma reaches that width; beyond, the nearest is taken.
bool straggler_reaches(const Workload& workload, int ep_width);

}  // namespace wideep
