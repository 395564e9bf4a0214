#pragma once

#include <vector>

#include "units/quantity.h"

namespace wideep {

using SquareSeconds = decltype(Seconds() * Seconds());

/// A part of a law of times: with probability `weight`, `offset` and a gamma law of that mean and
/// variance, both >= 0.
struct TimePart {
  double weight = 1.0;
  Seconds offset;
  Seconds mean;
  SquareSeconds variance;
};

/// The time that a share in (0, 1) of a mixture is below; weights add up to 1. The gamma law by
/// the cube root that is nearly normal. Exact to 0.2 %, or to where a part without variance lies.
/// Source: Wilson & Hilferty, Proc. Nat. Acad. Sci. 17 (1931) 684-688.
Seconds quantile(const std::vector<TimePart>& parts, double share);

/// Share of the gamma law of that mean > 0 and variance > 0 above a value, in any unit.
double gamma_share_above(double value, double mean, double variance);

}  // namespace wideep
