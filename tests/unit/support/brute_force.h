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
          !is_plain(c.overlap),
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

/// The rank of what is recommended where `best` is the least time: overlap that gains less than its
/// own error is not.
template <class Counts>
Rank recommended_rank(const Problem& problem, double best, double near, const Counts& counts) {
  constexpr double kError = 0.04;
  const Rank preferred = preferred_rank(problem, near, counts);
  if (!std::get<1>(preferred) ||
      !std::get<1>(preferred_rank(problem, best * (1 + 1e-12), counts))) {
    return preferred;
  }
  std::optional<Rank> plain;
  reference::for_each(problem, [&](const Config& config, int tokens, double time) {
    if (time > best * (1.0 + kError) || !is_plain(config.overlap)) return;
    if (!counts(config, tokens) || config.ep_width > std::get<0>(preferred)) return;
    if (!plain || rank(config, tokens) < *plain) plain = rank(config, tokens);
  });
  return plain.value_or(preferred);
}

}  // namespace wideep
