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
  kProjection,
  kContext,
  kAttentionParameters
};

/// By parameter, what it is held at where the data do not tell it.
using HeldInverses = std::array<std::optional<double>, kAttentionParameters>;

/// The GPU's figures of that phase.
DenseFigures& figures_of(Gpu& gpu, Phase phase);

/// One measurement and its parts at full efficiency, in us.
struct AttentionParts {
  double measured = 0.0;
  double weight_read = 0.0;
  double projections = 0.0;
  double cache_read = 0.0;
  double context = 0.0;
};

/// What each limit alone would take: those of the model with the others lifted.
AttentionParts parts_of(const AttentionSample& sample,
                        Phase phase,
                        const AttentionSetting& setting);

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
