#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "model/limit.h"
#include "plan/instance.h"

namespace wideep {

/// Instances of one role, each the proved best of its GPUs (docs/search.md), of what an engine runs
/// where one runs any; found when they are first asked for.
class InstanceSearch {
 public:
  using Role = InstanceRole;

  /// `tpot`: the limit of decode steps as predicted.
  InstanceSearch(const PlanQuestion& question, Role role, std::optional<Seconds> tpot);

  /// GPUs that an instance may have, ascending.
  [[nodiscard]] const std::vector<int>& sizes() const { return sizes_; }

  /// An upper bound on the rate of requests that one GPU of any instance serves at full use; 0
  /// where there is no instance.
  [[nodiscard]] PerSecond most_per_gpu() const { return most_; }

  /// The instances of so many GPUs, for each step size (prefill) or draft depth.
  const std::vector<InstancePointer>& of(int gpus);

  /// The best decode instance of as many GPUs and drafted tokens with so many tokens per rank;
  /// null: there is none.
  InstancePointer with_tokens(const Instance& instance, int tokens);

  /// Why there is none of any size.
  [[nodiscard]] std::vector<BrokenLimit> reasons() const;

  /// Configurations times batches that were chosen from.
  [[nodiscard]] double points() const { return points_; }

 private:
  /// A step size or a draft depth, in force in its problem.
  struct Variant {
    Problem problem;
    PerSecond most = {};  ///< upper bound by GPU
  };

  /// Finds what each variant serves at most, of what engines run alone or of all.
  void search(const std::vector<Problem>& problems, bool only_runs);
  [[nodiscard]] InstancePointer instance_of(std::size_t variant, const Prediction& found) const;

  const PlanQuestion& question_;
  Role role_;
  std::vector<Variant> variants_;
  std::vector<int> sizes_;
  PerSecond most_;
  double points_ = 0.0;
  std::map<int, std::vector<InstancePointer>> known_;
  std::map<std::tuple<std::size_t, int, int>, InstancePointer> smaller_;  ///< variant, GPUs, tokens
};

/// What InstanceSearch has found for the variations of a question that share its problems: those of
/// other limits and speeds.
class InstanceSearches {
 public:
  explicit InstanceSearches(const PlanQuestion& question) : question_(question) {}

  InstanceSearch& of(InstanceSearch::Role role, std::optional<Seconds> tpot);

 private:
  const PlanQuestion& question_;
  std::map<std::pair<InstanceSearch::Role, double>, InstanceSearch> known_;
};

}  // namespace wideep
