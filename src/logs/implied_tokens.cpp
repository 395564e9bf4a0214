#include "logs/implied_tokens.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wideep {
namespace {

/// D of so many blocks, where there are very many experts or so many.
double targets(std::optional<int> experts, int top_k, int blocks) {
  return distinct_targets({.experts = experts, .top_k = top_k}, blocks);
}

}  // namespace

int implied_tokens(double estimate) {
  constexpr double kNear = 0.01;
  constexpr double kMost = 16'777'216.0;  // docs/input.md
  if (!(estimate >= 0.5) || estimate > kMost) return 0;
  const double power = std::exp2(std::round(std::log2(estimate)));
  const bool is_near = std::abs(estimate / power - 1.0) < kNear;
  return static_cast<int>(is_near ? power : std::round(estimate));
}

int implied_width(const CountedCopies& copies, int top_k) {
  constexpr std::array kLikelyWidths{16, 24, 32, 48, 64, 96, 128};
  constexpr double kClose = 0.06;  // very many experts or few: D differs by up to 5 %
  if (copies.nodes <= 0.0 || copies.ranks <= 0.0) return 0;
  int best = 0;
  double least = kClose;
  double next = 1.0;
  for (const int width : kLikelyWidths) {
    const double expected = targets({}, top_k, width) / targets({}, top_k, width / kRanksPerNode);
    const double off = std::abs(copies.ranks / copies.nodes / expected - 1.0);
    if (off < least) {
      next = best == 0 ? next : least;
      least = off;
      best = width;
    } else {
      next = std::min(next, off);
    }
  }
  return next > kClose ? best : 0;
}

ImpliedBatch implied_batch(
    const CountedCopies& copies, int ep_width, int top_k, int known_tokens, int usual_experts) {
  ImpliedBatch batch{.tokens = known_tokens, .experts = usual_experts};
  const int nodes = ep_width / kRanksPerNode;
  if (batch.tokens == 0 && copies.nodes > 0.0 && nodes > 1) {
    // How many nodes a token reaches hardly depends on the experts.
    batch.tokens = implied_tokens(copies.nodes / targets(usual_experts, top_k, nodes));
  }
  if (batch.tokens == 0) {
    batch.tokens = implied_tokens(copies.ranks / targets(usual_experts, top_k, ep_width));
  }
  if (batch.tokens == 0 || copies.ranks <= 0.0) return batch;
  constexpr double kWorthIt = 0.01;
  constexpr int kMostLocal = 64;
  const double reached = copies.ranks / batch.tokens;
  const auto off = [&](int experts) {
    return std::abs(targets(experts, top_k, ep_width) / reached - 1.0);
  };
  for (int local = 1; local <= kMostLocal; local *= 2) {
    const int experts = local * ep_width;
    if (experts < top_k || off(experts) + kWorthIt >= off(batch.experts)) continue;
    batch.experts = experts;
  }
  return batch;
}

}  // namespace wideep
