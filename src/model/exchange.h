#pragma once

#include <array>

#include "model/collective.h"
#include "units/quantity.h"

namespace wideep {

/// A collective on a message of so many bytes for each token of an attention group.
struct Exchange {
  const CollectiveCurve* curve = nullptr;  ///< null: there is none
  Bytes per_token = {};

  [[nodiscard]] Seconds time(double tokens) const {
    return curve == nullptr ? Seconds(0.0) : curve->at(tokens * per_token);
  }

  friend bool operator==(const Exchange&, const Exchange&) = default;
};

/// One after the other: an all-reduce, or what it is made of, a reduce-scatter and an all-gather.
using Exchanges = std::array<Exchange, 2>;

inline Seconds exchange_time(const Exchanges& exchanges, double tokens) {
  return exchanges[0].time(tokens) + exchanges[1].time(tokens);
}

}  // namespace wideep
