#pragma once

#include <utility>
#include <vector>

#include "model/problem.h"

namespace wideep {

// What a configuration lays out, in force in its problem: redundant experts and what the parts of a
// step cost on a rank of its layout.

/// Whether the configuration's layout is the one in force.
bool is_placed(const Problem& problem, const Config& config);

/// The problem with the configuration's layout in force.
Problem placed(Problem problem, const Config& config);

/// A problem of which one layout after the other is in force; figures of each are computed once.
/// The workload may be changed between two of them, figures and what they come from aside.
class Placing {
 public:
  explicit Placing(Problem problem) : problem_(std::move(problem)) {}

  /// The problem with the configuration's layout in force, until the next call.
  const Problem& at(const Config& config);

 private:
  Problem problem_;
  std::vector<Figures> known_;
};

}  // namespace wideep
