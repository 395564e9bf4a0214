#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/engine.h"

namespace wideep {

/// A kernel of the fabric in place of one that the engine runs and the fabric has no figures for.
struct StandIn {
  std::size_t kernel = 0;  ///< index into Fabric::kernels
  Library library = Library::kDeepEpLl;
};

/// The nearest kernel of the search space where the engine runs none of the fabric's in the
/// workload's phase; nothing where it runs one.
std::optional<StandIn> stand_in_of(const Engine& engine, const Problem& problem);

/// Whose kernel the engine runs where the fabric has that one: its own, or what it stands in for
/// where the workload asks for the engine. Unset: it may be any.
std::optional<Library> library_run(const Engine& engine,
                                   const Problem& problem,
                                   std::size_t kernel);

/// What the engine runs on the fabric in the workload's phase, its kernels as library_run says.
std::vector<Run> runs_of(const Engine& engine, const Problem& problem);

/// The problem with the runs of all engines; where the workload names one, with its runs alone,
/// which are all that is searched, the kernels and modes of the space narrowed to them, and its
/// figures of a step where the workload states none. docs/search.md#engines
Problem with_engines(Problem problem);

/// The mode of the engine in which it runs the configuration as it is timed: in an order that takes
/// the same time, its split aside. Null where it has none.
const EngineMode* mode_of(const Engine& engine, const Problem& problem, const Config& config);

/// The names of those that run the configuration, its split too.
std::vector<std::string> engines_that_run(const Problem& problem, const Config& config);

/// Whether an engine that is searched for runs dual-batch overlap with the kernel; true where runs
/// are not known.
bool runs_dbo(const Problem& problem, std::size_t kernel);

/// What of the search space stands against the engine that was asked for, where it runs the
/// configuration's kernel in its mode in no way that the space allows.
struct Contradiction {
  std::string message;
  std::string fix;
};
Contradiction contradiction(const Problem& problem, const Config& config);

}  // namespace wideep
