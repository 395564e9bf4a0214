#pragma once

#include <functional>
#include <optional>

#include "plan/varied_problem.h"

namespace wideep {

/// What one look finds: whether the input may be there, and whether the answer is another one.
struct FlipLook {
  bool allowed = true;
  bool other = false;
};

/// Where it is looked: at so many rungs, each the factor `step` beyond the last, above 1 on the way
/// up and below on the way down, then by halves until what holds and what does not are as near as
/// `tolerance`, as a ratio less 1.
struct FlipLadder {
  double step = 1.0;
  int rungs = 1;
  double tolerance = 0.0;
};

/// Factors of the input between which the answer changes.
struct FlipEdge {
  double holds = 1.0;  ///< up to which it stays
  double flips = 1.0;  ///< from which it is another one
};

/// Looks for a flip on one side of what an input is.
class FlipSearch {
 public:
  using Look = std::function<FlipLook(double factor)>;

  FlipSearch(const VariedProblem& varied, std::size_t input, const FlipLadder& ladder, Look look)
      : varied_(varied), input_(input), ladder_(ladder), look_(std::move(look)) {}

  /// Halves by looks that cost less and are right where they find another answer; where what they
  /// find ends, `look` has the last word.
  void narrow_by(Look glance) { glance_ = std::move(glance); }

  /// Unset: none as far as `searched`, which is set.
  std::optional<FlipEdge> search(double& searched);

 private:
  [[nodiscard]] bool is_at_bound(int rung) const;
  [[nodiscard]] std::optional<double> between(double holds, double flips) const;
  FlipEdge bisected(FlipEdge edge);
  [[nodiscard]] FlipEdge narrowed(FlipEdge edge) const;
  std::optional<FlipEdge> at_edge(double allowed, double refused, double& searched);

  const VariedProblem& varied_;
  std::size_t input_;
  FlipLadder ladder_;
  Look look_;
  Look glance_;  ///< empty: `look_` alone
};

}  // namespace wideep
