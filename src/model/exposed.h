#pragma once

#include <array>
#include <cstddef>

#include "model/config.h"
#include "model/layer_costs.h"
#include "units/quantity.h"

namespace wideep {

/// What a layer's time may be made of, in the order of ExposedTimes.
enum class Term {
  kBandwidth,  ///< bytes on the slower tier
  kLatency,    ///< latencies and floors of transfers
  kWeights,    ///< expert weights read from memory
  kCompute,    ///< expert arithmetic
  kLaunch,     ///< the experts' time whatever the tokens, and what the host launches
  kAttention,  ///< attention and other dense work
  kSmHeld      ///< transfers that hold every SM
};
inline constexpr std::size_t kTermCount = 7;

/// How much of the layer time each term accounts for: of what runs side by side the longer counts.
/// Their sum is the layer time.
struct ExposedTimes {
  std::array<Seconds, kTermCount> of{};

  [[nodiscard]] Seconds at(Term term) const { return of[static_cast<std::size_t>(term)]; }
};

/// The exposed terms of a configuration under either timing. docs/model.md#exposed
ExposedTimes exposed_times(const LayerCosts& costs, const Config& config, Timing timing);

/// The largest of them, of which a report says that it bounds the layer.
Term largest_term(const ExposedTimes& exposed);

}  // namespace wideep
