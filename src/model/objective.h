#pragma once

#include <limits>
#include <string_view>

#include "model/config.h"
#include "model/workload.h"
#include "units/quantity.h"

namespace wideep {

/// What a configuration is worth under an objective, in a unit of its own: less is better.
struct Cost {
  double value = 0.0;

  friend constexpr auto operator<=>(const Cost&, const Cost&) = default;
  friend constexpr Cost operator*(Cost cost, double factor) { return {cost.value * factor}; }
  friend constexpr double operator/(Cost a, Cost b) { return a.value / b.value; }
};

inline constexpr Cost kNever{std::numeric_limits<double>::infinity()};

/// The cost of a layer time at one EP width and batch: fixed + per_second t, per_second > 0. As
/// both operations round monotonically, a bound on the time is one on the cost.
struct CostLine {
  double fixed = 0.0;
  double per_second = 1.0;

  [[nodiscard]] constexpr Cost at(Seconds layer) const {
    return {fixed + per_second * layer.base()};
  }
};

/// What is minimised: a line in the layer time for each EP width and batch.
/// docs/search.md#objectives
struct Objective {
  std::string_view name;  ///< as `search.objective` has it
  CostLine (*line)(const Workload& workload, const Config& config) = nullptr;
};

/// The time of one MoE layer, in s.
inline constexpr Objective kLayerTime{"layer_time",
                                      [](const Workload&, const Config&) { return CostLine{}; }};

/// The time between two tokens of a request, in s. docs/model.md#step
extern const Objective kTimePerToken;

/// The time of a GPU that a token of the answer, or of prompts, takes, in s: one over the tokens
/// per second and GPU. The one whose batch may be left to the search. docs/search.md#batch
extern const Objective kTokensPerGpu;

}  // namespace wideep
