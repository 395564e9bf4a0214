#pragma once

#include <optional>
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
  /// Keeps no copy of a problem unless another layout than its own is asked for: it must outlive
  /// this.
  explicit Placing(const Problem& problem) : given_(&problem) {}
  explicit Placing(Problem&& problem) : own_(std::move(problem)) {}
  Placing(const Placing&) = delete;
  Placing& operator=(const Placing&) = delete;
  Placing(Placing&&) = delete;
  Placing& operator=(Placing&&) = delete;
  ~Placing() = default;

  /// The problem with the configuration's layout in force, until the next call.
  const Problem& at(const Config& config);

 private:
  const Problem* given_ = nullptr;
  std::optional<Problem> own_;
  std::vector<Figures> known_;
};

}  // namespace wideep
