#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/problem.h"

namespace wideep {

/// A limit that a choice breaks: the rule's name for machines, by how much in words, and what would
/// lift it where that is one thing.
struct BrokenLimit {
  std::string rule;
  std::string message;
  std::string fix = {};
};

/// Whether it is a width that the kernel or the experts do not run at, rather than something about
/// the question.
bool is_of_width(const BrokenLimit& limit);

/// The first limit that forbids `kernel` at `ep_width` whatever the overlap: more than max_gpus,
/// experts that do not divide, a width, hidden size or top-k that the kernel refuses, figures that
/// do not reach that width. docs/model.md#limits
std::optional<BrokenLimit> width_limit(const Problem& problem, std::size_t kernel, int ep_width);

/// The same for the search: where no width is asked for by name, those beyond the kernel's
/// latencies are left out too.
std::optional<BrokenLimit> search_limit(const Problem& problem, std::size_t kernel, int ep_width);

/// What a calibration measured and the workload overrides, in words; often empty.
std::vector<std::string> unused_measurements(const Problem& problem, const Config& config);

/// What of a configuration lies outside the range that its figures were measured in, in words.
/// docs/model.md#ranges
std::vector<std::string> beyond_range(const Problem& problem, const Config& config);

/// Whether the kernel's bandwidths reach that width, so that it can be priced there at all. They
/// stand for what leaves the domain and change by factors with the width; latencies change little,
/// and beyond their table the nearest is taken.
bool has_figures(const Kernel& kernel, int ep_width);

/// The first limit that forbids this overlap mode, chunk count and split, given that width_limit
/// does not: a transfer above what the kernel or its buffers take, fewer tokens than pieces,
/// buffers that the kernel refuses, more memory than there is.
std::optional<BrokenLimit> schedule_limit(const Problem& problem, const Config& config);

/// slo.tpot, given the time between two tokens of a request.
std::optional<BrokenLimit> step_limit(const Workload& workload, Seconds tpot);

/// The EP widths that the search looks at: those listed, or, of 2 up to max_gpus, those that divide
/// the expert slots, where there are any. A single GPU has no all-to-all, and is looked at only
/// where it is listed.
std::vector<int> candidate_widths(const Problem& problem);

}  // namespace wideep
