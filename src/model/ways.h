#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model/problem.h"
#include "model/schedule.h"

namespace wideep {

// In which orders a kernel is run, by the search and by engines.

/// Whether the kernel can run so on the fabric's GPU, which may be unknown: one that is received by
/// hooks, as DeepEP LL is, has no stream of its own, and it alone has single-batch overlap; a fused
/// kernel is one part after the others.
bool suits(Schedule schedule, const Fabric& fabric, std::size_t kernel);

/// SGLang's single-batch overlap on a GPU; nothing where its architecture is not known.
std::optional<Schedule> single_batch_schedule(const Fabric& fabric);

/// The schedules that the search may choose from for a kernel: of those that it names, else of
/// vLLM's and SGLang's, what suits it.
std::vector<Schedule> schedules_of(const Problem& problem, std::size_t kernel);

/// The ways in which the search may run a kernel in a mode, by schedule: those of
/// SearchSpace::runs where nothing else is searched, else of schedules_of and of those runs, for
/// every batch.
std::vector<Run> ways_of(const Problem& problem, std::size_t kernel, Overlap overlap);

/// What launches take in a way at the configuration's batch: its own where runs alone are searched;
/// else the least of runs that have the kernel and mode in an order of the same time, or in any;
/// nothing where it is not known to be run.
Seconds launches_of(const Problem& problem, const Run& way, const Config& config);

/// The first of them for the configuration's batch; unset where there is none.
std::optional<Run> first_way(const Problem& problem, const Config& config);

/// The configuration as it is run in that order, with the launches of the first way that has it, or
/// of the first way; without an order in that of the first way, which there must be.
Config with_way(const Problem& problem, Config config, std::optional<Schedule> schedule = {});

/// Whether the run is of the configuration's kernel, mode and batch, in an order that takes the
/// same time; its split aside.
bool covers(const Run& run, const Problem& problem, const Config& config);

}  // namespace wideep
