#include "plan/flip_search.h"

#include <cmath>

namespace wideep {

std::optional<FlipEdge> FlipSearch::search(double& searched) {
  double last = 1.0;
  for (int rung = 1; rung <= ladder_.rungs; ++rung) {
    const double next = varied_.factor_in_force(input_, std::pow(ladder_.step, rung));
    if (next == last) {
      if (is_at_bound(rung)) break;
      continue;  // a whole number that has not moved yet
    }
    const FlipLook look = look_(next);
    if (!look.allowed) return at_edge(last, next, searched);
    if (look.other) return bisected({last, next});
    last = next;
    searched = next;
  }
  return std::nullopt;
}

bool FlipSearch::is_at_bound(int rung) const {
  const double farther = varied_.factor_in_force(input_, std::pow(ladder_.step, ladder_.rungs));
  return farther == varied_.factor_in_force(input_, std::pow(ladder_.step, rung));
}

/// Halfway, as the input may be; nothing where both are neighbours.
std::optional<double> FlipSearch::between(double holds, double flips) const {
  if (std::abs(std::log(flips / holds)) <= std::log1p(ladder_.tolerance)) return std::nullopt;
  const double middle = varied_.factor_in_force(input_, std::sqrt(holds * flips));
  if (middle == holds || middle == flips) return std::nullopt;
  return middle;
}

FlipEdge FlipSearch::narrowed(FlipEdge edge) const {
  const Look& seen = glance_ ? glance_ : look_;
  while (const auto middle = between(edge.holds, edge.flips)) {
    (seen(*middle).other ? edge.flips : edge.holds) = *middle;
  }
  return edge;
}

FlipEdge FlipSearch::bisected(FlipEdge edge) {
  for (;;) {
    const FlipEdge near = narrowed(edge);
    const bool known = !glance_ || near.holds == edge.holds;
    if (known || !look_(near.holds).other) return near;
    edge.flips = near.holds;
  }
}

/// Where the input refuses to go on: looks just before that.
std::optional<FlipEdge> FlipSearch::at_edge(double allowed, double refused, double& searched) {
  const double last = allowed;
  while (const auto middle = between(allowed, refused)) {
    (look_(*middle).allowed ? allowed : refused) = *middle;
  }
  if (look_(allowed).other) return bisected({last, allowed});
  searched = allowed;
  return std::nullopt;
}

}  // namespace wideep
