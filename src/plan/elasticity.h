#pragma once

#include <functional>
#include <vector>

#include "plan/varied_problem.h"

namespace wideep {

/// Figures of a problem whose slopes are asked for, each above 0.
using FiguresOf = std::function<std::vector<double>(const Problem&)>;

/// How much of a relative change of an input each figure takes over, d ln(figure) / d ln(input), to
/// either side: 1 where both grow alike, 0 where the input does not matter, below 0 where more of
/// it is less. They differ at a kink of the model, which is full of largest-of-two.
struct Slopes {
  std::vector<double> down;
  std::vector<double> up;

  /// Of both sides.
  [[nodiscard]] double mean(std::size_t figure) const { return (down[figure] + up[figure]) / 2.0; }
};

/// Slopes of one input:
///
///   ( ln figure(x f) - ln figure(x) ) / ln f,  f = exp(+-step)
///
/// with a whole number moved by one at least; where the input may not move to one side it has the
/// slope of the other there, and where it may to neither 0. `base`: the figures at x. `step` > 0.
Slopes slopes_of(VariedProblem& varied,
                 std::size_t input,
                 const FiguresOf& figures,
                 const std::vector<double>& base,
                 double step);

/// The elasticity of what a configuration costs, held(), to one input: the mean of its slopes of a
/// relative step of 0.1 %, which is a central difference. docs/planning.md#elasticity
double elasticity(VariedProblem& varied, std::size_t input, const Config& config);

}  // namespace wideep
