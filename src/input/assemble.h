#pragma once

#include <deque>
#include <string>

#include "input/known_files.h"
#include "input/node.h"
#include "model/problem.h"

namespace wideep {

/// The texts of one run; nodes and messages point into them.
struct Texts {
  std::deque<Source> sources;
  Findings findings;

  /// Reads and parses a file that the command line names; null where it cannot be used, which is
  /// reported. `root`: see read_source().
  Node load(const std::string& path, const std::string& root = {});

  /// Parses one that was read already.
  Node parse(Source source);
};

/// A fabric given on the command line: a file's, or a preset's.
Node load_fabric(const std::string& fabric, Texts& texts);

/// The fabric of a workload's key: a preset's name, a file beside the workload, or a map of keys.
/// Null where it has none, or none that can be used.
Node fabric_of_workload(const Node& workload, Texts& texts);

/// The roots of a problem's files. `search`: a search file's, instead of the workload's block; null
/// where there is none.
struct ProblemRoots {
  const Node& workload;
  const Node& fabric;
  const Node* search = nullptr;
};

/// The workload of a problem whose fabric is there already, with its figures. `known`: see
/// read_workload().
void read_workload_of(const ProblemRoots& roots,
                      Problem& problem,
                      Findings& findings,
                      KnownFiles* known);

/// Its search space, and what is checked of the whole problem.
void read_space_of(const ProblemRoots& roots, Problem& problem, Findings& findings);

/// The problem of a workload and a fabric, null where it could not be read. `search`: a search
/// file's root, instead of the workload's block; null where there is none. `known`: see
/// read_workload().
Problem assemble(const ProblemRoots& roots, Texts& texts, KnownFiles* known = nullptr);

}  // namespace wideep
