#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "model/problem.h"

namespace wideep {

/// The ways in which a kernel is run in a mode (ways_of), with what the search asks of them again
/// and again, computed once.
class ModeWays {
 public:
  /// Of the layout in force in `problem`.
  ModeWays(const Problem& problem, std::size_t kernel, Overlap overlap);

  [[nodiscard]] const std::vector<Run>& ways() const { return ways_; }

  /// Whether there is one for the configuration's batch (first_way).
  [[nodiscard]] bool any_for(const Config& config, int redundant) const;

  /// What launches take in way `at` (launches_of).
  [[nodiscard]] Seconds launches(std::size_t at, const Config& config, int redundant) const;

  /// Whether way `at` has configurations at that batch which no way before it has at the same time.
  [[nodiscard]] bool is_new(std::size_t at, const Config& config, int redundant) const;

 private:
  /// Whether two ways take the same time.
  [[nodiscard]] bool alike(std::size_t at, std::size_t other) const {
    return alike_[at * ways_.size() + other];
  }

  std::vector<Run> ways_;
  std::vector<bool> alike_;     ///< by both
  std::vector<Run> runs_;       ///< of the search space, of this kernel and mode
  std::vector<bool> run_like_;  ///< by way and run
  bool only_runs_ = false;
};

/// Those of every kernel and mode of a problem, of one layout after the other.
class WayTable {
 public:
  /// Of the layout in force in `problem`, until one of another layout is asked for.
  const ModeWays& of(const Problem& problem, std::size_t kernel, Overlap overlap);

 private:
  DenseParts dense_;  ///< what ways depend on beside kernel and mode
  std::map<std::pair<std::size_t, Overlap>, ModeWays> known_;
};

}  // namespace wideep
