#pragma once

#include <optional>
#include <vector>

#include "model/limit.h"
#include "model/problem.h"
#include "model/step.h"

namespace wideep {

/// The first limit that forbids the configuration's kernel, width and layout whatever the overlap:
/// more than max_gpus, experts that do not divide, a width, hidden size or top-k that the kernel
/// refuses, figures that do not reach that width, a layout that cannot be. docs/model.md#limits
std::optional<BrokenLimit> width_limit(const Problem& problem, const Config& config);

/// The same for the search: where no width is asked for by name, those beyond the kernel's
/// latencies are left out too.
std::optional<BrokenLimit> search_limit(const Problem& problem, const Config& config);

/// A transfer of the configuration above what the kernel takes or its buffers are made for.
std::optional<BrokenLimit> transfer_limit(const Problem& problem, const Config& config);

/// A buffer of the kernel that DeepEP refuses.
std::optional<BrokenLimit> buffer_limit(const Problem& problem, const Config& config);

/// More memory than a GPU has, where that is known.
std::optional<BrokenLimit> memory_limit(const Problem& problem, const Config& config);

/// The first limit that forbids this overlap mode, chunk count and split, given that width_limit
/// does not: fewer tokens than pieces, or one of the three above.
std::optional<BrokenLimit> schedule_limit(const Problem& problem, const Config& config);

/// slo.tpot or slo.ttft, the first that a step of the configuration breaks.
std::optional<BrokenLimit> step_limit(const Workload& workload,
                                      const Config& config,
                                      const StepTimes& step);

/// The first of either kind, width_limit and schedule_limit, that a configuration breaks.
std::vector<BrokenLimit> broken_limits(const Problem& problem, const Config& config);

}  // namespace wideep
