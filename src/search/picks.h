#pragma once

#include <functional>
#include <optional>

#include "search/incumbents.h"
#include "search/optimize.h"

namespace wideep {

/// The best of what was searched, the preferred one of all within tolerance of it, and the cost up
/// to which that is.
struct Picks {
  Prediction best;
  Prediction preferred;
  Cost near;
};

/// The preferred of all configurations of at most that cost, of those without overlap alone where
/// that is asked for.
using Choose = std::function<std::optional<Candidate>(Cost limit, bool only_plain)>;

/// Of what costs `least` at best, which must be something.
Picks picks_of(const Problem& problem, Cost least, const Choose& choose);

/// How far from the best something may still be preferred.
double interesting(const Problem& problem);

/// Lists what comes within `limit`: the best of each choice, fastest first, and the recommended
/// one. Optimum and recommended must be set.
void list_within(const Problem& problem,
                 const Incumbents& incumbents,
                 Cost limit,
                 SearchResult& result);

}  // namespace wideep
