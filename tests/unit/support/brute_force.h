#pragma once

#include <cmath>
#include <optional>
#include <tuple>

#include "support/reference.h"

namespace wideep {

/// What decides between configurations that count as equally good, before their times do.
using Rank = std::tuple<int, bool, int, double>;

inline Rank rank(const Config& c, int tokens) {
  const bool dbo = c.overlap == Overlap::kDbo;
  return {c.ep_width,
          c.overlap != Overlap::kNone && c.overlap != Overlap::kFused,
          c.chunks,
          dbo ? std::abs(2.0 * c.first_tokens - tokens) : 0.0};
}

/// The smallest rank of all configurations within `limit` that `counts` accepts, by brute force.
template <class Counts>
Rank preferred_rank(const Problem& problem, double limit, const Counts& counts) {
  std::optional<Rank> best;
  reference::for_each(problem, [&](const Config& config, int tokens, double time) {
    if (time > limit || !counts(config, tokens)) return;
    if (!best || rank(config, tokens) < *best) best = rank(config, tokens);
  });
  return *best;
}

}  // namespace wideep
