#pragma once

#include <array>
#include <optional>
#include <vector>

#include "fit/attention_fit.h"
#include "fit/max_affine.h"

namespace wideep {

// The parts of an attention's time, and the regression of which they are the terms.
// docs/model.md#fit

/// 1/eta is what the time is linear in.
enum AttentionParameter : std::size_t {
  kAttentionLaunch,
  kProjection,  ///< of a layer; of a kernel us for each token, whatever its context
  kContext,
  kCache,  ///< last: no parameter of the regression where it is held from the first
  kAttentionParameters
};

/// By parameter, what it is held at where the data do not tell it.
using HeldInverses = std::array<std::optional<double>, kAttentionParameters>;

/// The GPU's figures of that phase.
DenseFigures& figures_of(Gpu& gpu, Phase phase);

/// Projections on one side of attention proper, in us: at full efficiency what has a parameter.
struct SideParts {
  double weight_read = 0.0;
  double projections = 0.0;
  double activations = 0.0;
};

/// One measurement and its parts, likewise.
struct AttentionParts {
  double measured = 0.0;
  std::array<SideParts, 2> sides;  ///< before attention proper and after it
  double cache_read = 0.0;
  double context = 0.0;
};

/// The shape that was timed: the model's, with the sample's heads where it says them.
LayerShape shape_of(const AttentionSample& sample, const LayerShape& model);

/// Query heads. Needs attention.
double heads_of(const LayerShape& shape);

/// What each limit alone would take: those of the model with the others lifted.
AttentionParts parts_of(const AttentionSample& sample, const AttentionFit& fit);

/// How often the activations of projections go through memory: once at decode. At prefill they are
/// not told apart from the arithmetic, which grows with the tokens too.
double passes_of(const AttentionFit& fit);

/// What is not to be fitted: of a layer how fast caches are read.
HeldInverses held_at_first(const AttentionFit& fit);

/// A solution of which some parameters may be held.
struct SolvedAttention {
  Regression regression;
  Solution solution;

  /// 1/eta.
  [[nodiscard]] double inverse(AttentionParameter parameter, const HeldInverses& held) const {
    return held.at(parameter).value_or(solution.parameters[parameter]);
  }
};

/// Solved from several starts, with what is held.
SolvedAttention solve_with(const std::vector<AttentionParts>& points, const HeldInverses& held);

}  // namespace wideep
